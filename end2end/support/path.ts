// The stretches of the path that more than one test walks.
import { expect, type Page } from "@playwright/test";
import { consentLink, type School } from "./school";
import { figure, type Walk } from "./walk";

/** The person who holds the authority to share data. */
export const authoriser = (school: School): string => `head@${school.slug}.example`;

/** From the wizard's link to the page that waits for consent, with another person as authoriser. */
export async function setUp(walk: Walk, school: School): Promise<void> {
  const { page, hands } = walk;
  await walk.press(page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "MIS sync wizard" }));
  await walk.sees("Connect your MIS", "set-up");
  await walk.press(walk.link("Start"));
  await walk.sees("What we may see", "set-up-scopes");
  await hands.tick(walk.checkbox(/Date of birth/));
  await hands.tick(walk.checkbox(/Staff home e-mail/));
  await expect(walk.checkbox(/UPN/)).toBeChecked();
  await walk.goesOn();
  await walk.sees("Who gives consent");
  await hands.tick(walk.radio("Another person"));
  await walk.press(walk.button("Set up Groupcall Xporter"));
  await expect(page.getByRole("heading", { name: "There is a problem" })).toBeVisible();
  await walk.sees("Who gives consent", "set-up-authoriser-problem");
  await hands.fill(walk.field("First name"), "Hana");
  await hands.fill(walk.field("Surname"), "Head");
  await hands.fill(walk.field("E-mail address"), authoriser(school));
  await walk.press(walk.button("Set up Groupcall Xporter"));
  await walk.sees("Waiting for consent", "set-up-waiting");
  await expect(page.getByText(authoriser(school))).toBeVisible();
}

/** What the other person does on XoD's pages; these are not ours, so the mouse will do. */
export async function giveConsent(page: Page, school: School, newToXod: boolean): Promise<void> {
  const theirs = await page.context().browser()!.newContext();
  const xod = await theirs.newPage();
  await xod.goto(await consentLink(authoriser(school)));
  await xod.getByRole("button", { name: "Approve", exact: true }).click();
  if (newToXod) {
    await xod.locator("input[type=date], input[type=datetime-local]").first().fill("2026-12-01");
    await xod.getByRole("button", { name: /book/i }).click();
    await xod.getByRole("button", { name: "The installation has been done" }).click();
  }
  await theirs.close();
}

/** Decides the year groups that are left open. */
async function decideYears(walk: Walk): Promise<void> {
  for (const question of await walk.page.getByRole("combobox", { name: /^Which year group is/ }).all()) {
    if ((await question.inputValue()) === "") await walk.hands.choose(question, "Do not import");
  }
}

/** Steps 1 to 4 of the wizard. */
export async function answerSteps(walk: Walk): Promise<void> {
  const { page } = walk;
  await walk.sees("Usernames", "wizard-1-usernames");
  await expect(page.getByText("Step 1 of 5")).toBeVisible();
  await expect(page.getByText(/new pupils/).first()).toBeVisible();
  await walk.goesOn();
  await walk.sees("Passwords", "wizard-2-passwords");
  await walk.hands.choose(walk.field("The same for all of key stage 1"), "Animal and two digits");
  await walk.goesOn();
  await walk.sees("Year groups", "wizard-3-year-groups");
  await decideYears(walk);
  await walk.goesOn();
  await walk.sees("Subject groups", "wizard-4-subject-groups");
  await walk.hands.tick(page.getByRole("checkbox").first());
  await walk.goesOn();
  await walk.sees("What will happen");
  await page.goBack();
  await walk.sees("Subject groups");
  await page.reload();
  await expect(page.getByRole("checkbox").first()).toBeChecked();
  await walk.goesOn();
}

/** Finishes the plan that is shown; answers how many pupils and staff it created. */
export async function finish(walk: Walk, done: string): Promise<{ pupils: number; staff: number }> {
  const { page } = walk;
  await walk.sees("What will happen");
  const planned = page.getByRole("table", { name: /What happens to how many people/ });
  const counts = async (table: typeof planned) => ({
    pupils: (await table.getByRole("row", { name: /^New/ }).count()) ? await figure(table, /^New/, 0) : 0,
    staff: (await table.getByRole("row", { name: /^New/ }).count()) ? await figure(table, /^New/, 1) : 0,
  });
  const created = await counts(planned);
  await walk.press(walk.page.getByRole("main").locator("form.finish").getByRole("button"));
  await walk.sees("Your accounts are up to date", done);
  expect(await counts(page.getByRole("table", { name: "What was done" })), "done equals planned").toEqual(created);
  return created;
}

/** Every pupil's username and password, as the cards say. */
export async function logins(page: Page): Promise<Map<string, string>> {
  const reply = await page.evaluate(async () => {
    const reply = await fetch("/api/cards", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    return reply.json();
  });
  const { sheets } = reply as { sheets: { cards: { username: string; password: string }[] }[] };
  return new Map(sheets.flatMap((sheet) => sheet.cards.map((card) => [card.username, card.password] as const)));
}
