// What goes wrong says so in its own words, loses nothing, and says what to do next.
import { expect, test } from "@playwright/test";
import { mouse } from "../support/hands";
import { everybody } from "../support/path";
import { addAdmin, breakXod, makeSchool, mendXod } from "../support/school";
import { Walk } from "../support/walk";

test.describe.configure({ mode: "serial" });

test("signing in: what is wrong is said, and where", async ({ page }) => {
  const school = await makeSchool("new", { pupils: 30, staff: 6, seed: 1 });
  const walk = new Walk(page, mouse(page));
  await page.goto("/sch/no-such-school");
  await walk.sees("There is no school at this address", "no-such-school");
  await page.goto(`/sch/${school.slug}`);
  await walk.goesOn();
  await expect(page.getByRole("link", { name: "Enter your username" })).toBeVisible();
  await walk.givesNameAndPassword(school.email, "not the password");
  await walk.sees(/^Sign in to/, "sign-in-wrong");
  await expect(page.getByRole("alert").filter({ hasText: /username or password/i })).toBeVisible();
  await walk.hands.fill(walk.field("Password"), school.password);
  await walk.press(walk.button("Sign in"));
  await walk.sees(school.name);
});

test("a second admin in the same wizard is told who changed what, and nothing is overwritten", async ({ browser, page }) => {
  const school = await makeSchool("connected", { pupils: 40, staff: 8, seed: 2 });
  const first = new Walk(await (await browser.newContext()).newPage(), mouse(page));
  const second = new Walk(await (await browser.newContext()).newPage(), mouse(page));
  await first.signsIn(school, school.email, school.password);
  await first.sees(school.name);
  await second.page.goto(addAdmin(school, `deputy@${school.slug}.example`));
  await second.hands.fill(second.field("New password"), "a long walk by the sea");
  await second.press(second.button("Set password and sign in"));
  await second.sees(school.name);

  for (const walk of [first, second]) {
    await walk.page.goto("/wizard/usernames/change");
    await walk.sees("Usernames");
  }
  await first.hands.tick(first.radio(/^Full name/).first());
  await first.goesOn();
  await first.sees("What will happen");
  await second.hands.tick(second.radio(/^Initials/).first());
  await second.goesOn();
  const refusal = second.page.getByRole("alert").filter({ hasText: "Olivia Office changed these answers" });
  await expect(refusal).toContainText("differs from your answers in: pupils’ usernames.");
  await second.sees("Usernames", "stale-answers");
  await second.press(second.button("Load the newer answers"));
  await expect(second.radio(/^Full name/).first()).toBeChecked();
});

test("a stale summary is not carried out, and a double click on Finish is one run", async ({ page, context }) => {
  const school = await makeSchool("connected", { pupils: 40, staff: 8, seed: 3 });
  const walk = new Walk(page, mouse(page));
  await walk.signsIn(school, school.email, school.password);
  await walk.sees(school.name);
  await page.goto("/wizard");
  await walk.sees("What will happen");

  const other = new Walk(await context.newPage(), mouse(page));
  await other.page.goto("/users/staff/new");
  await other.hands.fill(other.field("Surname"), "Supply");
  await other.hands.fill(other.field("E-mail address"), "supply@agency.example");
  await other.press(other.button("Add and send activation e-mail"));
  await other.sees("Supply has been added");

  const button = page.getByRole("main").locator("form.finish").getByRole("button");
  await walk.press(button);
  await expect(page.getByRole("alert").filter({ hasText: "Nothing was done. The summary below is new." })).toBeVisible();
  await walk.sees("What will happen", "stale-summary");
  await button.dblclick();
  await walk.sees("Your accounts are up to date");
  await page.goto("/runs");
  await walk.sees("Sync history");
  await expect(page.getByRole("row")).toHaveCount(3);
});

test("a session that ends leaves what was typed, and goes on where it was", async ({ page, context }) => {
  const school = await makeSchool("connected", { pupils: 40, staff: 8, seed: 4 });
  const walk = new Walk(page, mouse(page));
  await walk.signsIn(school, school.email, school.password);
  await walk.sees(school.name);
  await page.goto("/wizard/usernames/change");
  await walk.sees("Usernames");
  await walk.hands.tick(walk.radio(/^Initials/).first());
  await context.clearCookies();
  await walk.goesOn();
  await expect(page.getByRole("heading", { name: "You have been signed out" })).toBeVisible();
  await walk.sees("Usernames", "session-ended");
  await walk.press(walk.button("I have signed in again"));
  await expect(page.getByText("You are not signed in yet.")).toBeVisible();

  const again = new Walk(await context.newPage(), mouse(page));
  await again.signsIn(school, school.email, school.password);
  await again.sees(school.name);
  await walk.press(walk.button("I have signed in again"));
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(walk.radio(/^Initials/).first()).toBeChecked();
  await walk.goesOn();
  await walk.sees("What will happen");
});

test("who leaves a page while it is being saved stays where they have gone", async ({ page }) => {
  const broken: string[] = [];
  page.on("pageerror", (error) => broken.push(String(error)));
  const school = await makeSchool("connected", { pupils: 30, staff: 6, seed: 4 });
  const walk = new Walk(page, mouse(page));
  await walk.signsIn(school, school.email, school.password);
  await expect(page.getByRole("heading", { name: "Last run" })).toBeVisible();
  await page.goto("/wizard/usernames/change");
  await walk.sees("Usernames");
  let save = () => {};
  const isLeft = new Promise<void>((resolve) => (save = resolve));
  await page.route("**/api/wizard/draft", async (route) => {
    await isLeft;
    await route.continue();
  });
  const saved = page.waitForResponse("**/api/wizard/draft");
  await walk.hands.tick(walk.radio(/^Initials/).first());
  await walk.goesOn();
  await page.getByRole("link", { name: "Manage users" }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: "Manage users" })).toBeVisible();
  save();
  await (await saved).finished();
  await page.getByRole("link", { name: "Login cards" }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: "Login cards" })).toBeVisible();
  await expect(page).toHaveURL(/\/cards$/);
  expect(broken).toEqual([]);
});

for (const [fault, title] of [
  [{ kind: "drop" }, "Groupcall’s answer broke off|Groupcall could not be reached"],
  [{ kind: "html" }, "Groupcall’s answer could not be read"],
  [{ kind: "status", status: 503, retry_after: null }, "Groupcall"],
] as const) {
  test(`XoD answers with ${fault.kind}: it is said, nothing has changed, and trying again works`, async ({ page }) => {
    const school = await makeSchool("connected", { pupils: 40, staff: 8, seed: 5 });
    const walk = new Walk(page, mouse(page));
    await walk.signsIn(school, school.email, school.password);
    await walk.sees(school.name);
    const before = await everybody(page);
    await breakXod(school, fault);
    await page.goto("/wizard");
    await expect(walk.heading("We could not open the wizard")).toBeVisible({ timeout: 60_000 });
    await expect(page.getByText(new RegExp(title)).first()).toBeVisible();
    await expect(page.getByText(/Nothing (was|has been) changed/).first()).toBeVisible();
    await expect(page.getByText(/We will try again at \d\d:\d\d/)).toBeVisible();
    await walk.sees("We could not open the wizard", `xod-${fault.kind}`);
    expect([...(await everybody(page))]).toEqual([...before]);
    await mendXod(school);
    await walk.press(walk.button("Try again"));
    await walk.sees("What will happen");
  });
}

test("Enter in the search of the subject groups searches, and does not go on", async ({ page }) => {
  const school = await makeSchool("connected", { pupils: 60, staff: 10, seed: 6 });
  const walk = new Walk(page, mouse(page));
  await walk.signsIn(school, school.email, school.password);
  await walk.sees(school.name);
  await page.goto("/wizard/subject-groups/change");
  await walk.sees("Subject groups");
  await walk.hands.fill(walk.field("Find a group"), "zzz");
  await page.keyboard.press("Enter");
  await expect(page.getByText("No group has that in its name or subject.")).toBeVisible();
  await walk.sees("Subject groups", "subject-groups-none");
});
