// What an admin changes by hand stays through a run, is shown with what the MIS says, and follows the
// MIS again once it is handed back.
import { expect, test, type Locator } from "@playwright/test";
import { keyboard, mouse } from "../support/hands";
import { finish } from "../support/path";
import { makeSchool, plainPupils, removePupil, sync, type MisPupil, type School } from "../support/school";
import { Walk } from "../support/walk";

const KEPT = "Kept as you set it";

/** What stands beside a term on a person's page. */
const fact = (walk: Walk, term: string): Locator =>
  walk.page.locator("dt", { hasText: term }).locator("xpath=following-sibling::dd[1]");

async function signsIn(walk: Walk, school: School): Promise<void> {
  await walk.signsIn(school, school.email, school.password);
  await walk.sees(school.name);
}

for (const handsOf of [mouse, keyboard]) {
  const way = handsOf === mouse ? "mouse" : "keyboard alone";
  test(`a first name changed by hand is kept by the next run until it is handed back: ${way}`, async ({ page }) => {
    const school = await makeSchool("connected", { pupils: 60, staff: 10, seed: 31 });
    const walk = new Walk(page, handsOf(page));
    await signsIn(walk, school);
    await page.goto("/users/pupils?year=year-2");
    await walk.sees("Pupils");
    // Some pupil is in no class, which would leave nothing to change.
    const inClass = page.getByRole("row").filter({ hasNot: page.getByRole("cell", { name: "–", exact: true }) });
    const pupil = inClass.getByRole("link", { name: /^\S+ \S+$/ }).first();
    const name = await pupil.innerText();
    await walk.press(pupil);
    await walk.sees(name, "person");
    const [forename, surname] = [await fact(walk, "First name").innerText(), await fact(walk, "Surname").innerText()];
    const ours = `Mia ${surname}`;
    await expect(page.getByText(KEPT)).toHaveCount(0);

    await test.step("the form says what is wrong, and marks what was changed and nothing else", async () => {
      await walk.press(walk.button("Edit"));
      await walk.sees(`Edit ${name}`, "person-edit");
      await walk.hands.fill(walk.field("First name"), "");
      await walk.hands.fill(walk.field("Surname"), "");
      await walk.press(walk.button("Save changes"));
      await expect(page.getByRole("link", { name: "Type a first name or a surname" })).toBeVisible();
      await walk.sees(`Edit ${name}`, "person-edit-problem");
      await walk.hands.fill(walk.field("First name"), "Mia");
      await walk.hands.fill(walk.field("Surname"), surname);
      await walk.hands.choose(walk.field("Class"), "No class");
      await walk.press(walk.button("Save changes"));
      await walk.sees(ours, "person-kept");
      await expect(page.getByText("Saved. What you changed stays as you set it.")).toBeVisible();
      await expect(fact(walk, "First name")).toContainText(KEPT);
      await expect(fact(walk, "Class")).toContainText(KEPT);
      await expect(fact(walk, "Surname")).not.toContainText(KEPT);
    });

    await test.step("a field is handed back on the person’s page", async () => {
      await walk.press(walk.button("Use what your MIS says as the class"));
      await expect(page.getByText("The next run takes the class from your MIS.")).toBeVisible();
      await expect(fact(walk, "Class")).not.toContainText(KEPT);
      await page.reload();
      await walk.sees(ours);
      await expect(fact(walk, "Class")).not.toContainText(KEPT);
    });

    const row = page.getByRole("row").filter({ hasText: ours });
    await test.step("the summary says so, and the run keeps it", async () => {
      await page.goto("/wizard");
      await walk.sees("What will happen", "summary-with-kept");
      await walk.press(walk.link("1 person has details you changed by hand; they stay"));
      await walk.sees(KEPT, "summary-kept");
      await expect(page.getByRole("row")).toHaveCount(2);
      await expect(row.getByRole("cell")).toHaveText(["First name", "Mia", forename, /^Use what your MIS says/]);
      await walk.press(walk.link("Back to the summary"));
      await finish(walk, "done-with-kept");
      await page.goto("/users/pupils?q=Mia");
      await walk.press(walk.link(ours));
      await walk.sees(ours);
      await expect(fact(walk, "First name")).toContainText(KEPT);
    });

    await test.step("handed back, the run after that takes the name of the MIS", async () => {
      await page.goto("/wizard/summary/kept");
      await walk.sees(KEPT);
      await walk.press(walk.button(`Use what your MIS says as the first name of ${ours}`));
      await expect(
        page.getByText(`When you finish, the first name of ${ours} becomes what your MIS says.`),
      ).toBeVisible();
      await expect(page.getByText("There is no one in this list.")).toBeVisible();
      await walk.sees(KEPT, "summary-kept-none");
      await walk.press(walk.link("Back to the summary"));
      await walk.sees("What will happen");
      await expect(walk.link(/details you changed by hand/)).toHaveCount(0);
      await expect(walk.button("Update 1 person")).toBeVisible();
      await finish(walk, "done-handed-back");
      await page.goto(`/users/pupils?q=${encodeURIComponent(name)}`);
      await walk.press(walk.link(name));
      await walk.sees(name);
      await expect(page.getByText(KEPT)).toHaveCount(0);
    });
  });
}

test("a member of staff is changed, and told of it who looks at an older page", async ({ page, context }) => {
  const school = await makeSchool("connected", { pupils: 40, staff: 8, seed: 32 });
  const walk = new Walk(page, mouse(page));
  await signsIn(walk, school);
  await page.goto("/users/staff");
  await walk.sees("Staff");
  const row = page.getByRole("row").filter({ hasText: "Teacher" }).first();
  const name = await row.getByRole("link").innerText();
  await walk.press(row.getByRole("link"));
  await walk.sees(name, "person-staff");
  const other = new Walk(await context.newPage(), mouse(page));
  await other.page.goto(page.url());
  await other.press(other.button("Edit"));
  await other.sees(`Edit ${name}`, "person-edit-staff");

  await walk.press(walk.button("Edit"));
  await walk.hands.fill(walk.field("E-mail address"), school.email);
  await walk.press(walk.button("Save changes"));
  await expect(page.getByRole("link", { name: "Someone at this school has this address already" })).toBeVisible();
  await walk.hands.fill(walk.field("E-mail address"), `by.hand@${school.slug}.example`);
  await walk.press(walk.button("Save changes"));
  await walk.sees(name, "person-staff-kept");
  await expect(fact(walk, "E-mail")).toContainText(KEPT);

  await other.hands.tick(other.radio("Admin"));
  await other.press(other.button("Save changes"));
  await expect(other.page.getByText("Someone else or a sync has changed this person in the meantime")).toBeVisible();
  await expect(fact(other, "E-mail")).toContainText(`by.hand@${school.slug}.example`);
  await expect(fact(other, "Role")).toHaveText("Teacher");
  await other.sees(name, "person-stale");

  await page.goto("/users/staff?q=office");
  await walk.press(page.getByRole("row").filter({ hasText: "Admin" }).getByRole("link"));
  await walk.press(walk.button("Edit"));
  await walk.hands.tick(walk.radio("Teacher"));
  await walk.press(walk.button("Save changes"));
  await expect(page.getByRole("link", { name: /^Make someone else an admin first/ })).toBeVisible();
  await walk.sees(/^Edit /, "person-last-admin");
});

test("somebody brought back from the trash stays, until the sync may decide", async ({ page }) => {
  const school = await makeSchool("connected", { pupils: 60, staff: 10, seed: 34 });
  sync(school);
  const [pupil] = (await plainPupils(school)) as [MisPupil];
  const name = `${pupil.forename} ${pupil.surname}`;
  await removePupil(school, pupil);
  expect(sync(school).left).toBe(1);
  const walk = new Walk(page, mouse(page));
  await signsIn(walk, school);

  await test.step("brought back, they stay although the MIS does not have them", async () => {
    await page.goto(`/users/trash?q=${encodeURIComponent(pupil.surname)}`);
    await walk.press(walk.link(name));
    await walk.sees(name);
    await walk.press(walk.button("Restore"));
    await expect(page.getByText(`${name} can sign in again`)).toBeVisible();
    await walk.sees(name, "person-brought-back");
    await expect(fact(walk, "Stays")).toContainText("stays until your MIS has them again");
    await expect(page.getByText(KEPT)).toHaveCount(0);
    expect(sync(school).left).toBe(0);
    await page.goto("/wizard");
    await walk.sees("What will happen", "summary-brought-back");
    await expect(walk.link("1 person stays because you restored them from the trash")).toBeVisible();
  });

  await test.step("once the sync decides, they leave", async () => {
    await page.goto(`/users/pupils?q=${encodeURIComponent(pupil.surname)}`);
    await walk.press(walk.link(name));
    await walk.press(walk.button("Let the sync decide"));
    await expect(page.getByText(/^The next run decides/)).toBeVisible();
    await expect(walk.button("Let the sync decide")).toHaveCount(0);
    await walk.sees(name, "person-sync-decides");
    expect(sync(school).left).toBe(1);
  });
});

test("nobody is found at the address of somebody who is not there", async ({ page }) => {
  const school = await makeSchool("new", { pupils: 30, staff: 6, seed: 33 });
  const walk = new Walk(page, mouse(page));
  await signsIn(walk, school);
  await page.goto("/users/people/00000000-0000-0000-0000-000000000001");
  await walk.sees("Person", "person-not-found");
  await page.goto("/users/people/nobody");
  await walk.sees("Page not found", "person-no-address");
});
