// What happens in a school's year: a pupil who is expected, and one whose name has changed.
import { expect, test } from "@playwright/test";
import { keyboard, mouse } from "../support/hands";
import { cards, finish } from "../support/path";
import { advanceYearBeforePupils, expectPupil, makeSchool, renameSomePupil, sync } from "../support/school";
import { Walk } from "../support/walk";

for (const handsOf of [mouse, keyboard]) {
  const name = handsOf === mouse ? "mouse" : "keyboard alone";
  test(`an expected pupil has a card that opens later, and a new name gets a username, by ${name}`, async ({
    page,
    browser,
  }) => {
    const school = await makeSchool("connected", { pupils: 60, staff: 12, seed: 9 });
    expect(sync(school).status).toBe("done");
    const starts = new Date(Date.now() + 60 * 24 * 3_600_000);
    await expectPupil(school, "Ada", "Quill", starts.toISOString().slice(0, 10));
    const renamed = await renameSomePupil(school, "Quincy");
    const walk = new Walk(page, handsOf(page));
    await walk.signsIn(school, school.email, school.password);
    await walk.sees(school.name);

    await test.step("the school wants accounts for those who have not started", async () => {
      await walk.press(page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "MIS sync wizard" }));
      await walk.sees("What will happen");
      await expect(page.getByText("Those on roll", { exact: true })).toBeVisible();
      await walk.press(walk.link("Change Which pupils"));
      await walk.sees("Year groups", "wizard-3-which-pupils");
      await walk.hands.tick(walk.checkbox(/not started yet/));
      await walk.goesOn();
      await walk.sees("What will happen", "summary-which-pupils");
      await expect(page.getByText("Those on roll, and pupils who have not started yet")).toBeVisible();
      await walk.press(page.getByRole("link", { name: /pupils: New$/ }));
      await walk.sees("New", "expected-pupil");
      await expect(page.getByRole("row", { name: /Ada Quill/ })).toContainText("Sign-in opens");
    });

    await test.step("a username is proposed, kept, and then agreed to after all", async () => {
      await page.goto("/wizard/summary/warnings");
      await walk.sees("Worth checking", "rename-proposed");
      const row = page.getByRole("row", { name: new RegExp(`Quincy ${renamed.surname}`) });
      await walk.press(row.getByRole("button", { name: /^Keep / }));
      await expect(page.getByText(/and you are not asked again/)).toBeVisible();
      await page.goto("/wizard/summary/update");
      await walk.press(row.getByRole("button", { name: /^Rename to Quincy/ }));
      await expect(page.getByText(/keeps the password they have/)).toBeVisible();
      await walk.sees("Updated", "rename-accepted");
      await expect(row).toContainText("Username:");
    });

    const before = await cards(page);
    await page.goto("/wizard/summary");
    await expect(page.getByText("only 1 person gets the new one you agreed to")).toBeVisible();
    await finish(walk, "done-school-year");

    await test.step("the cards say so, and the list too", async () => {
      const after = await cards(page);
      const was = [...before.values()].find((card) => card.name === `${renamed.before} ${renamed.surname}`)!;
      const now = [...after.values()].find((card) => card.name === `Quincy ${renamed.surname}`)!;
      expect(now.username).toMatch(/^Quincy/);
      expect(now.password).toBe(was.password);
      expect(after.has(was.username)).toBe(false);
      await page.goto("/users/pupils?q=quill");
      await walk.sees("Pupils", "pupil-who-starts-later");
      await expect(page.getByRole("row", { name: /Ada Quill/ })).toContainText("Starts ");
    });

    await test.step("who signs in before the day is told when it is", async () => {
      const ada = [...(await cards(page)).values()].find((card) => card.name === "Ada Quill")!;
      const context = await browser.newContext();
      const theirs = await context.newPage();
      const pupil = new Walk(theirs, handsOf(theirs));
      await pupil.signsIn(school, ada.username, ada.password);
      await expect(theirs.getByText("Your account is ready and waiting for you")).toBeVisible();
      await pupil.sees(/^Sign in to/, "sign-in-not-yet");
      await expect(theirs.getByText(/the day you start/)).toBeVisible();
      await pupil.press(pupil.button("Sign in as someone else"));
      await expect(pupil.field("Username")).toBeVisible();
      await context.close();
    });
  });
}

test("an MIS that turns its year before it moves its pupils: nobody is said to go into a new class", async ({ page }) => {
  const school = await makeSchool("connected", { pupils: 60, staff: 12, seed: 10 });
  expect(sync(school).status).toBe("done");
  await advanceYearBeforePupils(school);
  const walk = new Walk(page, mouse(page));
  await walk.signsIn(school, school.email, school.password);
  await walk.sees(school.name);
  await page.goto("/wizard");
  await walk.sees("What will happen");
  await walk.press(walk.button("Read it again"));
  await expect(page.getByText(/Your MIS has started \d{4}\/\d\d but has not moved its pupils yet/)).toBeVisible();
  await expect(page.getByText(/move into their new classes/)).toHaveCount(0);
  await walk.sees("What will happen", "summary-pupils-not-moved");
});
