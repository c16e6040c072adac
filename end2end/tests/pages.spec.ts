// Every page that an admin can open, of a school that was connected a year ago: axe finds nothing on
// it, nothing has to be scrolled to the side, and what it offers works.
import { expect, test } from "@playwright/test";
import { mouse } from "../support/hands";
import { addPupilWithoutYear, makeSchool } from "../support/school";
import { Walk } from "../support/walk";

const PAGES: [address: string, heading: string | RegExp, shot: string][] = [
  ["/dashboard", /^Test School/, "dashboard"],
  ["/users", "Manage users", "users"],
  ["/users/pupils", "Pupils", "pupils"],
  ["/users/pupils?q=zzz", "Pupils", "pupils-none"],
  ["/users/staff", "Staff", "staff"],
  ["/users/classes", "Classes", "classes"],
  ["/users/groups", "Subject groups", "groups"],
  ["/users/trash", "Trash", "trash-empty"],
  ["/users/nightly-sync", "Nightly sync", "nightly-sync"],
  ["/users/staff/new", "Add a member of staff", "staff-new"],
  ["/cards", "Login cards", "cards-choose"],
  ["/runs", "Sync history", "runs"],
  ["/set-up/waiting", "Your MIS is connected", "connection"],
  ["/set-up/what-is-read", "What is read and what is kept", "what-is-read"],
  ["/set-up/guidance", "Guidance for the person who gives consent", "guidance"],
  ["/messages", "Messages", "messages"],
  ["/nowhere", /./, "not-found"],
];

test("every page of a connected school can be looked at and worked with", async ({ page }) => {
  const school = await makeSchool("connected", { pupils: 120, staff: 18, seed: 4 });
  await addPupilWithoutYear(school, "Nia", "Yearless");
  const walk = new Walk(page, mouse(page));

  await test.step("the school is found by a part of its name", async () => {
    await page.goto("/?choose=yes");
    await walk.sees("Find your school", "find-school");
    await walk.press(walk.button("Find your school"));
    await expect(page.getByRole("link", { name: "Enter your school’s name or number" })).toBeVisible();
    await walk.sees("Find your school", "find-school-problem");
    await walk.hands.fill(walk.field("Your school’s name or number"), school.estab);
    await walk.press(walk.button("Find your school"));
    await walk.press(walk.link(school.name));
    await walk.givesNameAndPassword(school.email, school.password);
    await walk.sees(school.name);
  });

  for (const [address, heading, shot] of PAGES) {
    await test.step(address, async () => {
      await page.goto(address);
      await walk.sees(heading, shot);
    });
  }

  await test.step("a pupil is found, and their password shown", async () => {
    await page.goto("/users/pupils");
    const first = page.getByRole("row").nth(1);
    const name = await first.getByRole("rowheader").innerText();
    await walk.hands.fill(walk.field("Search"), name.split(/\s+/)[0]!);
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(/q=/);
    await expect(page.getByRole("table").getByText(name.split(/\s+/)[0]!).first()).toBeVisible();
    await walk.press(page.getByRole("button", { name: /^(Reveal|Show) password/ }).first());
    await expect(page.getByRole("dialog")).toBeVisible();
    await walk.sees("Pupils", "pupil-password");
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toHaveCount(0);
  });

  await test.step("the list is downloaded as a table", async () => {
    const downloads = page.waitForEvent("download");
    await walk.press(walk.link("Download this list (CSV)"));
    const download = await downloads;
    expect(download.suggestedFilename()).toBe("people.csv");
    expect(await download.failure()).toBeNull();
  });

  await test.step("somebody is added by hand", async () => {
    await page.goto("/users/staff/new");
    await walk.press(walk.button("Add and send activation e-mail"));
    await walk.sees("Add a member of staff", "staff-new-problem");
    await walk.hands.fill(walk.field("First name"), "Sam");
    await walk.hands.fill(walk.field("E-mail address"), "supply@agency.example");
    await walk.press(walk.button("Add and send activation e-mail"));
    await walk.sees("Sam has been added", "staff-added");
  });

  await test.step("the wizard opens on the summary of the new school year, and each list can be opened", async () => {
    await page.goto("/wizard");
    await walk.sees("What will happen", "summary-connected");
    await expect(page.getByText(/A new school year/)).toBeVisible();
    for (const list of ["move", "leave", "create", "warnings", "kept", "not-imported", "problem"]) {
      await page.goto(`/wizard/summary/${list}`);
      await walk.sees(/./, `summary-${list}`);
    }
  });

  await test.step("a pupil without a year group is given one by hand", async () => {
    await page.goto("/wizard/summary/problem");
    await walk.sees("Will not be imported");
    await walk.press(walk.link("Add by hand Nia Yearless"));
    await walk.sees("Add a pupil", "pupil-new");
    await walk.press(walk.button("Add this pupil"));
    await walk.sees("Add a pupil", "pupil-new-problem");
    await walk.hands.choose(walk.field("Year group"), "Year 2");
    await walk.press(walk.button("Add this pupil"));
    await walk.sees("Nia Yearless has been added", "pupil-added");
    await walk.press(walk.link("Back to where they are listed"));
    await walk.sees("What will happen");
  });

  await test.step("what is changed leads back to the summary", async () => {
    await page.goto("/wizard/summary");
    await walk.sees("What will happen");
    await walk.press(walk.link(/^Change Staff usernames/));
    await walk.sees("Usernames", "change-usernames");
    await walk.hands.tick(walk.radio("All staff"));
    await walk.goesOn();
    await walk.sees("What will happen");
    await expect(page.getByText("All staff")).toBeVisible();
  });

  await test.step("who left is in the trash, and can be restored", async () => {
    await walk.press(page.getByRole("main").locator("form.finish").getByRole("button"));
    await walk.sees("Your accounts are up to date", "done-connected");
    await page.goto("/users/trash");
    await walk.sees("Trash", "trash");
    const rows = await page.getByRole("row").count();
    await walk.press(page.getByRole("button", { name: /^Restore/ }).first());
    await expect(page.getByRole("row")).toHaveCount(rows - 1);
    await walk.sees("Trash", "trash-restored");
  });
});
