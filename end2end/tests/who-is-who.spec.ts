// Whose account is whose: what speaks for and against it is shown, a person decides, and accounts that
// would pass to other people are looked at one by one.
import { expect, test, type Locator } from "@playwright/test";
import { keyboard, mouse, type Hands } from "../support/hands";
import { answerSteps, everybody, finish, giveConsent, logins, setUp, type Person } from "../support/path";
import {
  addPupilBeside,
  changePupil,
  makeSchool,
  plainPupils,
  removePupil,
  sync,
  upnOf,
  type MisPupil,
  type School,
} from "../support/school";
import { Walk } from "../support/walk";

const full = ({ forename, surname }: Pick<MisPupil, "forename" | "surname">): string => `${forename} ${surname}`;

/** A connected school that is in step with its MIS, and its admin, signed in. */
async function inStep(walk: Walk, seed: number): Promise<{ school: School; pupils: MisPupil[] }> {
  const school = await makeSchool("connected", { pupils: 60, staff: 10, seed });
  expect(sync(school).status).toBe("done");
  const pupils = await plainPupils(school);
  await walk.signsIn(school, school.email, school.password);
  await walk.sees(school.name);
  return { school, pupils };
}

/** The account of a pupil. */
async function accountOf(walk: Walk, pupil: MisPupil): Promise<Person> {
  const found = [...(await everybody(walk.page)).values()].filter((one) => full(one) === full(pupil));
  expect(found).toHaveLength(1);
  return found[0]!;
}

/** The summary of what the MIS says now. */
async function readsAgain(walk: Walk): Promise<void> {
  await walk.page.goto("/wizard");
  await walk.sees("What will happen");
  const planned = walk.page.waitForResponse((reply) => reply.url().endsWith("/api/wizard/plan"));
  await walk.press(walk.button("Read it again"));
  await planned;
  await walk.sees("What will happen");
}

/** From the summary to the dialog in which it is said who somebody is. */
async function resolves(walk: Walk, who: { forename: string; surname: string }): Promise<Locator> {
  const { page } = walk;
  await walk.sees("What will happen");
  await walk.press(walk.link("Resolve them one by one"));
  await walk.sees("Possible duplicates");
  await walk.press(walk.button(`Resolve ${full(who)}`));
  const dialog = page.getByRole("dialog");
  await expect(dialog).toBeVisible();
  return dialog;
}

/** The account of this username as the dialog shows it. */
const side = (dialog: Locator, { username }: Person): Locator =>
  dialog.locator("section").filter({ has: dialog.page().getByText(username, { exact: true }) });

/** What stands under a heading of an account: what speaks for it, or against it. */
const under = (account: Locator, heading: string): Locator =>
  account.getByRole("heading", { name: heading }).locator("xpath=following-sibling::*[1]").locator("li");

async function answers(walk: Walk, dialog: Locator, answer: string | RegExp): Promise<void> {
  await walk.hands.tick(dialog.getByRole("radio", { name: answer }));
  await walk.press(dialog.getByRole("button", { name: "Save this answer" }));
  await expect(dialog).toBeHidden();
}

for (const handsOf of [mouse, keyboard]) {
  const way = handsOf === mouse ? "mouse" : "keyboard alone";
  test(`a UPN says one account, name and date of birth another, and a person decides: ${way}`, async ({ page }) => {
    const walk = new Walk(page, handsOf(page) as Hands);
    const { school, pupils } = await inStep(walk, 51);
    const [named, numbered] = pupils as [MisPupil, MisPupil];
    const [theirs, other] = [await accountOf(walk, named), await accountOf(walk, numbered)];
    const before = await logins(page);
    for (const gone of [named, numbered]) await removePupil(school, gone);
    await addPupilBeside(school, named, {
      forename: named.forename,
      surname: named.surname,
      born: named.born,
      upn: numbered.upn,
    });

    await readsAgain(walk);
    const dialog = await resolves(walk, named);
    await test.step("what speaks for and against each account is said", async () => {
      await expect(dialog.getByRole("heading", { name: "Who is this?" })).toBeVisible();
      await expect(dialog.getByText(/points to more than one account/)).toBeVisible();
      const [mine, others] = [side(dialog, theirs), side(dialog, other)];
      await expect(under(mine, "What matches")).toContainText(["Same name", "Same date of birth"]);
      await expect(under(mine, "What is different")).toContainText([
        "Different UPN",
        "Linked to another record in your MIS",
      ]);
      await expect(under(others, "What matches")).toContainText(["Same UPN"]);
      await expect(under(others, "What is different")).toContainText(["Different name", "Different date of birth"]);
      await walk.sees("Possible duplicates", "resolve-two-accounts");
    });

    await test.step("without an answer nothing is saved", async () => {
      await walk.press(dialog.getByRole("button", { name: "Save this answer" }));
      await expect(dialog.getByRole("link", { name: "Choose who this is, or decide later" })).toBeVisible();
    });

    await test.step("the answer is saved, and what follows is said", async () => {
      await answers(walk, dialog, `The same person as ${full(named)} (${theirs.username})`);
      await expect(page.getByText(`Your answer about ${full(named)} is saved.`)).toContainText(
        `The account ${theirs.username} is linked`,
      );
      await walk.sees("Possible duplicates");
      await walk.press(walk.link("Back to the summary"));
      await finish(walk, "done-two-accounts");
    });

    await test.step("the account has its login, and the other one is in the trash", async () => {
      expect((await logins(page)).get(theirs.username)).toBe(before.get(theirs.username));
      expect((await everybody(page)).get(theirs.id)?.username).toBe(theirs.username);
      expect((await everybody(page, true)).get(other.id)?.username).toBe(other.username);
    });
  });
}

test("somebody new of the surname and class of an account that is nobody’s is asked about", async ({ page }) => {
  const walk = new Walk(page, mouse(page));
  const school = await makeSchool("hand-made", { pupils: 120, staff: 14, seed: 52 });
  await walk.signsIn(school, school.email, school.password);
  await walk.sees(school.name);
  const accounts = [...(await everybody(page)).values()];
  const has = (one: MisPupil) => accounts.some((account) => full(account) === full(one));
  const pupil = (await plainPupils(school)).find(has)!;
  const account = await accountOf(walk, pupil);
  const sibling = { forename: "Xanthe", surname: pupil.surname };
  await changePupil(school, pupil, { ...sibling, legal_forename: sibling.forename });
  await setUp(walk, school);
  await giveConsent(page, school, false);
  await walk.press(walk.button("Check now"));
  await walk.press(walk.link("Continue to the wizard"));
  await answerSteps(walk);

  await test.step("she is said to be someone new", async () => {
    const dialog = await resolves(walk, sibling);
    await expect(dialog.getByText(/the same surname in the same class/)).toBeVisible();
    await expect(under(side(dialog, account), "What matches")).toContainText(["Same year group", "Same class"]);
    await expect(under(side(dialog, account), "What is different")).toContainText(["Different first name"]);
    await walk.sees("Possible duplicates", "resolve-sibling");
    await answers(walk, dialog, "Someone new");
    await expect(page.getByText(`Your answer about ${full(sibling)} is saved. A new account`)).toBeVisible();
  });

  await test.step("the account is among those that no one in the MIS matches, and stays", async () => {
    await page.goto("/wizard/summary");
    await walk.sees("What will happen", "summary-unmatched");
    await walk.press(walk.link(/accounts? here that no one in your MIS matches$/));
    await walk.sees("Accounts here that no one in your MIS matches", "summary-list-unmatched");
    await expect(page.getByText("nothing happens to them")).toBeVisible();
    const row = page.getByRole("row", { name: full(pupil) });
    await expect(row).toContainText(account.username);
    await expect(row.getByRole("link")).toHaveAttribute("href", `/users/people/${account.id}`);
    await walk.press(walk.link("Back to the summary"));
    await finish(walk, "done-sibling");
    const now = [...(await everybody(page)).values()];
    expect(now.filter((one) => full(one) === full(sibling))).toHaveLength(1);
    expect(now.find((one) => one.id === account.id)?.username).toBe(account.username);
  });
});

test("a child recorded twice keeps the account that is chosen, and nobody new is made", async ({ page }) => {
  const walk = new Walk(page, mouse(page));
  const { school, pupils } = await inStep(walk, 53);
  const [pupil] = pupils as [MisPupil];
  const first = await accountOf(walk, pupil);
  const { forename, surname, born } = pupil;
  await addPupilBeside(school, pupil, { forename, surname, born, upn: null });
  expect(sync(school).created.pupils).toBe(1);
  const accounts = [...(await everybody(page)).values()].filter((one) => full(one) === full(pupil));
  expect(accounts).toHaveLength(2);
  const second = accounts.find((one) => one.id !== first.id)!;
  await removePupil(school, pupil);

  await readsAgain(walk);
  const dialog = await resolves(walk, pupil);
  await expect(dialog.getByRole("heading", { name: "One person, two accounts" })).toBeVisible();
  await expect(dialog.getByRole("group", { name: "Which account should be kept?" })).toBeVisible();
  await expect(dialog.getByRole("radio", { name: "Someone new" })).toHaveCount(0);
  await walk.sees("Possible duplicates", "resolve-recorded-twice");
  await answers(walk, dialog, `Keep this account: ${full(pupil)} (${first.username})`);
  await expect(page.getByText(`Your answer about ${full(pupil)} is saved.`)).toContainText(
    `The account ${first.username} is kept`,
  );
  await page.goto("/wizard/summary");
  await finish(walk, "done-recorded-twice");
  expect((await everybody(page)).has(first.id)).toBe(true);
  expect((await everybody(page, true)).has(second.id)).toBe(true);
});

test("accounts that would pass to other people are shown one by one, and wait for a typed word", async ({ page }) => {
  const walk = new Walk(page, mouse(page));
  const { school, pupils } = await inStep(walk, 54);
  const changed = pupils.slice(0, 3);
  const now = ["Xanthe Quayle", "Yorick Vardy", "Zelda Umber"];
  const upns = changed.map((_, place) => upnOf(`32811022990${place}`));
  for (const [place, pupil] of changed.entries()) {
    const [forename, surname] = now[place]!.split(" ") as [string, string];
    const name = { forename, surname, legal_forename: forename, legal_surname: surname };
    await changePupil(school, pupil, { ...name, upn: upns[place]!, former_upn: pupil.upn });
  }
  const accounts = await Promise.all(changed.map((pupil) => accountOf(walk, pupil)));

  await test.step("the summary shows each, before and after", async () => {
    await readsAgain(walk);
    await expect(page.getByText(/^3 accounts would get a different name/)).toBeVisible();
    const table = page.getByRole("table", { name: "Whose account it is now, and whose it would be" });
    await expect(table.getByRole("row")).toHaveCount(4);
    for (const [place, pupil] of changed.entries()) {
      const row = table.getByRole("row").filter({ hasText: full(pupil) });
      const [before, after] = [row.getByRole("cell").nth(0), row.getByRole("cell").nth(1)];
      const [forename, surname] = now[place]!.split(" ") as [string, string];
      await expect(before.getByRole("listitem")).toHaveText([
        `First name: ${pupil.forename}`,
        `Surname: ${pupil.surname}`,
        `UPN: ${pupil.upn}`,
      ]);
      await expect(after.getByRole("listitem")).toHaveText([
        `First name: ${forename}`,
        `Surname: ${surname}`,
        `UPN: ${upns[place]}`,
      ]);
      await expect(row.getByRole("link")).toHaveAttribute("href", `/users/people/${accounts[place]!.id}`);
    }
    await walk.sees("What will happen", "summary-identity");
  });

  await test.step("the link leads to the account as it is", async () => {
    await walk.press(walk.link(full(changed[0]!)).first());
    await walk.sees(full(changed[0]!));
    await page.goBack();
    await walk.sees("What will happen");
  });

  await test.step("it is not finished without the typed word", async () => {
    const press = () => walk.press(page.getByRole("main").locator("form.finish").getByRole("button"));
    await press();
    await expect(page.getByRole("link", { name: /^Type CONFIRM to show/ })).toBeVisible();
    await walk.sees("What will happen", "summary-identity-not-confirmed");
    expect(full((await everybody(page)).get(accounts[0]!.id)!)).toBe(full(changed[0]!));
    await walk.hands.fill(walk.field("Type CONFIRM to continue"), "confirm");
    await press();
    await walk.sees("Your accounts are up to date");
    expect(full((await everybody(page)).get(accounts[0]!.id)!)).toBe(now[0]);
  });
});
