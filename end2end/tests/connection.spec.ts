// The connection in each of its states: what its page says, who has to act, and the way out.
import { expect, test, type Page } from "@playwright/test";
import { readFileSync } from "node:fs";
import { mouse } from "../support/hands";
import { asked, authoriser, everybody, setUp } from "../support/path";
import {
  atXod,
  authorise,
  connectByHand,
  consentLink,
  hideSchoolOnce,
  makeSchool,
  schoolUnknownToXod,
  share,
  sync,
  type School,
} from "../support/school";
import { Walk } from "../support/walk";

const REQUIRED = ["SchoolLite", "StaffLite", "StudentLite"];
const ALL = [...REQUIRED, "UPN", "StudentExtended", "StaffPersonalContact"];

async function signedIn(page: Page, school: School): Promise<Walk> {
  const walk = new Walk(page, mouse(page));
  await walk.signsIn(school, school.email, school.password);
  await walk.sees(school.name);
  return walk;
}

/** Looks now, and waits for the page that comes of it. */
async function checksNow(walk: Walk, heading: string, shot: string): Promise<void> {
  await walk.press(walk.button("Check now"));
  await walk.sees(heading, shot);
}

const history = (walk: Walk) => walk.page.locator("details", { hasText: "History of the connection" });

async function opensHistory(walk: Walk, cause: string | RegExp): Promise<void> {
  await walk.press(history(walk).locator("summary"));
  await expect(history(walk).getByRole("cell", { name: cause }).first()).toBeVisible();
}

test("an invitation that Groupcall refuses stands in the history of a school that is not set up", async ({ page }) => {
  const walk = new Walk(page, mouse(page));
  await page.goto(schoolUnknownToXod());
  await walk.hands.fill(walk.field("New password"), "a long walk by the sea");
  await walk.press(walk.button("Set password and sign in"));
  await walk.sees(/^Unknown School/);
  await page.goto("/set-up/authoriser");
  await walk.sees("Who gives consent");
  await walk.press(walk.button("Set up Groupcall Xporter"));
  await expect(page.getByText(/Groupcall said: “School not found in EduBase”/)).toBeVisible();
  await walk.sees("Who gives consent", "connection-refused");
  await page.goto("/set-up");
  await walk.sees("Connect your MIS");
  await opensHistory(walk, /School not found in EduBase/);
  await walk.sees("Connect your MIS", "connection-not-set-up");
  await page.goto("/set-up/waiting");
  await walk.sees("Your MIS is not connected");
  await opensHistory(walk, /School not found in EduBase/);
});

test("from the invitation to ready, each state says who has to act", async ({ page }) => {
  const school = await makeSchool("new", { pupils: 40, staff: 8, seed: 21, newToXod: true });
  const walk = await signedIn(page, school);
  await setUp(walk, school);

  await test.step("invited: send again, change the person, guidance, and what to do if the answer seems lost", async () => {
    await walk.press(page.getByText("The person has answered, but nothing has changed here"));
    await expect(page.getByText(/the answer was lost/)).toBeVisible();
    await walk.press(walk.button("Send the invitation again"));
    await expect(page.getByText("The invitation has been sent again.")).toBeVisible();
    await walk.sees("Waiting for consent", "connection-invited");
    await walk.press(walk.link("Print guidance for the person who gives consent"));
    await walk.sees("Guidance for the person who gives consent", "connection-guidance");
    await page.goto("/set-up/waiting");
    await walk.press(walk.link("Change the person"));
    await walk.sees("Who gives consent");
    await expect(walk.field("First name")).toHaveValue("Hana");
    await walk.hands.fill(walk.field("First name"), "Harper");
    await walk.press(walk.button("Set up Groupcall Xporter"));
    await walk.sees("Waiting for consent");
    await expect(page.locator("dl.facts").getByText("Harper Head")).toBeVisible();
  });

  await test.step("authorised: consent is there, the data was not seen yet", async () => {
    await hideSchoolOnce(school);
    await authorise(school, ALL);
    await page.reload();
    await walk.sees("Consent has been given", "connection-authorised");
  });

  await test.step("an installation to book", () => checksNow(walk, "Xporter needs to be installed", "connection-installation"));

  await test.step("paused, while the school chooses people", async () => {
    await atXod(school, "pause");
    await checksNow(walk, "Your school is choosing people", "connection-paused");
    await atXod(school, "resume");
  });

  await test.step("ready", async () => {
    await atXod(school, "install");
    await checksNow(walk, "Your MIS is connected", "connection-ready");
    await opensHistory(walk, /to invite Hana Head/);
    await expect(history(walk).getByRole("cell", { name: /Harper Head/ }).first()).toBeVisible();
  });
});

test("what is rejected is named, with what is lost, and can be asked for again", async ({ page }) => {
  const school = await makeSchool("new", { pupils: 40, staff: 8, seed: 22 });
  const walk = await signedIn(page, school);
  await setUp(walk, school);

  await test.step("a needed data area", async () => {
    await authorise(school, ["SchoolLite", "StaffLite", "UPN"]);
    await page.reload();
    await walk.sees("A needed data area was rejected", "connection-rejected");
    await expect(page.getByText("Without it no accounts can be created for pupils.")).toBeVisible();
    await expect(page.getByText("Nothing has been read, and nothing has been changed.")).toBeVisible();
  });

  await test.step("the invitation is sent again, and an optional one is rejected", async () => {
    await walk.press(walk.button("Send the invitation again"));
    await walk.sees("Waiting for consent");
    await authorise(school, [...REQUIRED, "UPN", "StaffPersonalContact"]);
    await page.reload();
    await walk.sees("Your MIS is connected", "connection-optional-rejected");
    await expect(page.getByText("Not granted", { exact: true })).toHaveCount(1);
    await expect(page.getByText(/tell pupils with the same name apart/)).toBeVisible();
  });

  await test.step("it is asked for once more, and has not been answered", async () => {
    await walk.press(walk.link("Ask for other data areas"));
    await walk.sees("What we may see");
    await walk.goesOn();
    await walk.sees("Who gives consent");
    await walk.press(walk.button("Set up Groupcall Xporter"));
    await walk.sees("Your MIS is connected", "connection-pending");
    await expect(page.getByText(/asked for Date of birth and legal names on .*; Hana Head has to answer/)).toBeVisible();
    await expect(page.getByText("Not granted", { exact: true })).toHaveCount(0);
  });

  await test.step("the consent is withdrawn, and a key that no longer works grants nothing", async () => {
    await share(school, []);
    await checksNow(walk, "The consent has been withdrawn", "connection-revoked");
    await expect(page.getByText("Granted", { exact: true })).toHaveCount(0);
    await share(school, ALL);
    await checksNow(walk, "Your MIS is connected", "connection-back");
    await atXod(school, "revoke");
    await checksNow(walk, "Your school has to give consent again", "connection-secret-rejected");
    await expect(page.getByText(/when the consent has been withdrawn, or given again/)).toBeVisible();
    await expect(page.getByText("Granted", { exact: true })).toHaveCount(0);
  });
});

test("nobody leaves because of a consent that was changed between two runs", async ({ page }) => {
  const school = await makeSchool("new", { pupils: 90, staff: 14, seed: 23 });
  const walk = await signedIn(page, school);
  await setUp(walk, school);
  await authorise(school, [...REQUIRED, "UPN"]);
  expect(sync(school).created.pupils).toBeGreaterThan(80);
  const before = await everybody(page);

  await test.step("widened, narrowed, and both", async () => {
    await page.goto("/set-up/waiting");
    await share(school, [...REQUIRED, "UPN", "StudentExtended"]);
    await checksNow(walk, "Your school shares more than before", "connection-widened");
    await share(school, REQUIRED);
    await checksNow(walk, "Your school shares less than before", "connection-narrowed");
    await expect(page.getByText(/No one leaves because of this/)).toBeVisible();
    await expect(page.getByText("We have just checked: nothing has changed.")).toHaveCount(0);
    await share(school, [...REQUIRED, "StudentExtended"]);
    await checksNow(walk, "Your school now shares different data", "connection-other");
    await share(school, ["SchoolLite", "StaffLite"]);
    await checksNow(walk, "A needed data area was rejected", "connection-rejected-later");
    await expect(page.getByText(/Nothing has been read/)).toHaveCount(0);
    await expect(page.getByText(/All accounts stay as they are/)).toBeVisible();
    await share(school, [...REQUIRED, "UPN"]);
    await checksNow(walk, "Your school may now share different people", "connection-back-again");
    expect(sync(school)).toMatchObject({ status: "done", left: 0 });
  });

  await test.step("a whole group is left out, on the pages of the service", async () => {
    const theirs = await (await page.context().browser()!.newContext()).newPage();
    await theirs.goto(await consentLink(authoriser(school)));
    await theirs.getByRole("button", { name: "Choose people to leave out" }).click();
    await theirs.getByRole("link", { name: /^Year\s+4$/ }).click();
    await theirs.getByRole("checkbox", { name: "Leave the whole group out" }).check();
    await theirs.getByRole("button", { name: "Save" }).click();
    await theirs.getByRole("button", { name: "Finish choosing people" }).click();
    await theirs.context().close();
    await page.reload();
    await walk.sees("Your school may now share different people", "connection-people-changed");
  });

  await test.step("three runs later the trash is still empty", async () => {
    for (let number = 0; number < 3; number += 1) {
      expect(sync(school)).toMatchObject({ status: "done", left: 0 });
      expect([...(await everybody(page)).keys()].sort()).toEqual([...before.keys()].sort());
      expect((await everybody(page, true)).size).toBe(0);
    }
    await page.goto("/wizard");
    await walk.sees("What will happen", "summary-kept");
    await walk.press(walk.link("If they have left, say so"));
    await walk.sees("Your MIS is connected", "connection-kept");
  });

  await test.step("an admin says that they have left, and is asked to confirm who leaves", async () => {
    await walk.press(walk.button("Anyone who is missing has left"));
    await walk.sees("Your MIS is connected", "connection-absences");
    await walk.press(walk.button("They have left: read your MIS again"));
    await walk.sees("What will happen");
    await expect(page.getByRole("row", { name: /^Leaving/ })).toBeVisible();
    await expect(walk.field("Type CONFIRM to continue")).toBeVisible();
    await walk.sees("What will happen", "summary-absences-count");
  });
});

test("the consent record is a file that says who approved what, and names no pupil", async ({ page }) => {
  const school = await makeSchool("new", { pupils: 40, staff: 8, seed: 24 });
  const walk = await signedIn(page, school);
  await setUp(walk, school);
  await authorise(school, ALL);
  sync(school);
  await page.reload();
  await walk.sees("Your MIS is connected");
  const download = page.waitForEvent("download");
  await walk.press(walk.link("Download the consent record"));
  const file = await download;
  expect(file.suggestedFilename()).toBe(`consent-record-${school.estab}.json`);
  const text = readFileSync(await file.path(), "utf8");
  const record = JSON.parse(text) as {
    consents: { approved_by: string; granted: string[] }[];
    reads: { fields: Record<string, string[]> }[];
    runs: unknown[];
  };
  expect(record.consents).toHaveLength(1);
  expect(record.consents[0]).toMatchObject({ approved_by: authoriser(school), granted: ALL });
  expect(record.reads[0]!.fields.Students).toContain("UPN");
  expect(record.runs).toHaveLength(1);
  const pupils = await asked<{ rows: { surname: string }[] }>(page, "GET", "/api/people?kind=pupil");
  for (const { surname } of pupils.rows.filter(({ surname }) => surname.length > 6)) expect(text).not.toContain(surname);
});

test("a school disconnects: what was imported is kept, and the next time it is erased", async ({ page }) => {
  const school = await makeSchool("new", { pupils: 60, staff: 10, seed: 25 });
  const walk = await signedIn(page, school);
  await setUp(walk, school);
  await authorise(school, ALL);
  sync(school);
  const before = await everybody(page);

  await test.step("nothing happens without the word", async () => {
    await page.goto("/set-up/waiting");
    await walk.sees("Your MIS is connected");
    await walk.press(walk.link("Disconnect your MIS"));
    await walk.sees("Disconnect your MIS", "disconnect");
    await walk.press(walk.button("Disconnect"));
    await expect(page.getByRole("link", { name: /Type DISCONNECT to show/ })).toBeVisible();
    await walk.sees("Disconnect your MIS", "disconnect-problem");
  });

  await test.step("kept", async () => {
    await walk.hands.fill(walk.field("Type DISCONNECT to continue"), "disconnect");
    await walk.press(walk.button("Disconnect"));
    await walk.sees("Your MIS is not connected");
    await opensHistory(walk, /ended the connection and kept what was imported/);
    await walk.sees("Your MIS is not connected", "disconnected");
    expect([...(await everybody(page)).keys()].sort()).toEqual([...before.keys()].sort());
  });

  await test.step("connected again, the same people are recognised", async () => {
    await connectByHand(school);
    expect(sync(school)).toMatchObject({ status: "done", left: 0, created: { pupils: 0 } });
    await page.goto("/set-up/waiting");
    await walk.sees("Your MIS is connected");
  });

  await test.step("erased", async () => {
    await page.goto("/set-up/disconnect");
    await walk.hands.tick(walk.radio("Erase what was imported"));
    await walk.sees("Disconnect your MIS", "disconnect-erase");
    await walk.hands.fill(walk.field("Type DISCONNECT to continue"), "DISCONNECT");
    await walk.press(walk.button("Disconnect"));
    await walk.sees("Your MIS is not connected");
    const left = [...(await everybody(page)).values()];
    expect(left.map(({ forename, surname }) => `${forename} ${surname}`)).toEqual(["Olivia Office"]);
    await page.goto("/users/pupils");
    await walk.sees("Pupils", "pupils-erased");
  });
});
