// The stretches of the path that more than one test walks.
import { expect, type Locator, type Page } from "@playwright/test";
import { consentLink, type School } from "./school";
import type { Walk } from "./walk";

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

/** The one year group that the MIS names in a way nobody can be sure of. */
export const UNSURE_YEAR = { group: "Year  4", name: "Juniors 3/4", code: "J34", means: "Year 4" };

/** Decides the year group that is left open: first not at all, which is not enough. */
async function decideYears(walk: Walk, isUnsure: boolean): Promise<void> {
  const { page, hands } = walk;
  const open = page.getByRole("combobox", { name: `Which year group is “${UNSURE_YEAR.name}”?` });
  if (!isUnsure) {
    await expect(page.getByText("We know what all your year groups are.")).toBeVisible();
    return;
  }
  await expect(page.getByText("There is one year group we are not sure of.")).toBeVisible();
  await expect(open).toHaveValue("");
  await walk.goesOn();
  await expect(page.getByRole("link", { name: `Choose what happens to “${UNSURE_YEAR.name}”` })).toBeVisible();
  await walk.sees("Year groups", "wizard-3-year-groups-problem");
  await hands.choose(open, UNSURE_YEAR.means);
}

/** Steps 1 to 4 of the wizard. */
export async function answerSteps(walk: Walk, isUnsure = false): Promise<void> {
  const { page } = walk;
  await walk.sees("Usernames", "wizard-1-usernames");
  await expect(page.getByText("Step 1 of 5")).toBeVisible();
  await expect(page.getByText(/new pupils/).first()).toBeVisible();
  await walk.goesOn();
  await walk.sees("Passwords", "wizard-2-passwords");
  await walk.hands.choose(walk.field(/^Year 2/), "Animal and two digits");
  await expect(walk.field("The same for all of key stage 1")).toHaveValue("");
  await walk.goesOn();
  await walk.sees("Year groups", "wizard-3-year-groups");
  await decideYears(walk, isUnsure);
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

/** How many pupils and staff each change counts, as a table of counts shows it. */
async function counts(table: Locator): Promise<Map<string, [number, number]>> {
  const changes = new Map<string, [number, number]>();
  for (const row of (await table.getByRole("row").all()).slice(1)) {
    const change = await row.getByRole("rowheader").innerText();
    const figures = await row.getByRole("cell").allInnerTexts();
    const [pupils = 0, staff = 0] = figures.map((text) => Number(text.replaceAll(",", "").match(/\d+/)![0]));
    changes.set(change, [pupils, staff]);
  }
  return changes;
}

/** Finishes the plan that is shown; answers how many pupils and staff it created. */
export async function finish(walk: Walk, done: string): Promise<{ pupils: number; staff: number }> {
  const { page } = walk;
  await walk.sees("What will happen");
  const planned = await counts(page.getByRole("table", { name: /People affected by each change/ }));
  await walk.press(walk.page.getByRole("main").locator("form.finish").getByRole("button"));
  await walk.sees("Your accounts are up to date", done);
  const applied = await counts(page.getByRole("table", { name: "What was done" }));
  expect([...applied], "what was done is what was planned").toEqual([...planned]);
  const [pupils, staff] = planned.get("New") ?? [0, 0];
  return { pupils, staff };
}

export interface Login {
  name: string;
  class: string | null;
  username: string;
  password: string;
}

/** Every pupil's card, by username. */
export async function cards(page: Page): Promise<Map<string, Login>> {
  const { sheets } = await asked<{ sheets: { cards: Login[] }[] }>(page, "POST", "/api/cards", {});
  return new Map(sheets.flatMap((sheet) => sheet.cards.map((card) => [card.username, card] as const)));
}

/** Every pupil's username and password, as the cards say. */
export async function logins(page: Page): Promise<Map<string, string>> {
  return new Map([...(await cards(page)).values()].map((card) => [card.username, card.password]));
}

export interface Person {
  id: string;
  forename: string;
  surname: string;
  username: string;
}

/** Everybody who has an account, pupils and staff, by account. */
export async function everybody(page: Page, trash = false): Promise<Map<string, Person>> {
  const people = new Map<string, Person>();
  for (const kind of ["pupil", "staff"]) {
    for (let number = 1, more = true; more; number += 1) {
      const list = await asked<{ rows: Person[]; total: number; page_size: number }>(
        page,
        "GET",
        `/api/people?kind=${kind}&trash=${trash}&page=${number}`,
      );
      for (const person of list.rows) people.set(person.id, person);
      more = number * list.page_size < list.total;
    }
  }
  return people;
}

/** Asks the API as the page does, with the session of the person who is signed in. */
export async function asked<T>(page: Page, method: string, address: string, body?: object): Promise<T> {
  const reply = await page.evaluate(
    async ([method, address, body]) => {
      const headers = { "content-type": "application/json" };
      const reply = await fetch(address!, { method: method!, headers, body: body ?? null });
      return { ok: reply.ok, text: await reply.text() };
    },
    [method, address, body && JSON.stringify(body)] as const,
  );
  expect(reply.ok, `${method} ${address}: ${reply.text}`).toBe(true);
  return JSON.parse(reply.text) as T;
}
