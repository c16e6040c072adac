// A school that has 60 accounts made by hand: nobody is doubled, nobody loses a login, and nobody
// made by hand leaves.
import { expect, test } from "@playwright/test";
import { keyboard, mouse } from "../support/hands";
import { answerSteps, everybody, finish, giveConsent, logins, setUp } from "../support/path";
import { makeSchool, pupilsOfMis } from "../support/school";
import { Walk } from "../support/walk";

for (const handsOf of [mouse, keyboard]) {
  const name = handsOf === mouse ? "mouse" : "keyboard alone";
  test(`a school with hand-made accounts links them to its MIS, by ${name}`, async ({ page, browser }) => {
    const school = await makeSchool("hand-made", { pupils: 120, staff: 14, seed: 9 });
    const walk = new Walk(page, handsOf(page));

    await walk.signsIn(school, school.email, school.password);
    await walk.sees(school.name, "dashboard-hand-made");
    const before = await logins(page);
    const accounts = await everybody(page);
    expect(before.size).toBe(60);

    await setUp(walk, school);
    await giveConsent(page, school, false);
    await walk.press(walk.button("Check now"));
    await walk.press(walk.link("Continue to the wizard"));
    await answerSteps(walk);
    await walk.sees("What will happen", "summary-duplicates");

    await test.step("possible duplicates are resolved one by one", async () => {
      await walk.press(walk.link("Resolve them one by one"));
      await walk.sees("Possible duplicates", "possible-duplicates");
      let someoneNew = "";
      for (const answer of ["Decide later", /^The same person as/, "Someone new"]) {
        await walk.press(page.getByRole("button", { name: /^Resolve/ }).first());
        await expect(page.getByRole("heading", { name: "Who is this?" })).toBeVisible();
        await walk.photograph("resolve");
        someoneNew = await page.getByRole("dialog").locator(".side-name").first().innerText();
        await walk.hands.tick(page.getByRole("dialog").getByRole("radio", { name: answer }).first());
        await walk.press(walk.button("Save this answer"));
        await expect(page.getByRole("dialog")).toHaveCount(0);
      }
      await page.goto(`/wizard/summary/create?q=${encodeURIComponent(someoneNew)}`);
      await walk.sees("New", "answered");
      await walk.press(page.getByRole("button", { name: /^Change the answer/ }).first());
      await expect(page.getByText(`${someoneNew} is a possible duplicate again.`)).toBeVisible();
      await walk.press(page.getByRole("link", { name: "Back to the summary" }));
    });

    await test.step("and the sure ones in bulk", async () => {
      await walk.press(walk.button(/^Accept the \d+ sure ones$/));
      await expect(page.getByText(/accounts will be linked when you finish/)).toBeVisible();
      await walk.sees("What will happen", "summary-duplicates-accepted");
    });

    const created = await finish(walk, "done-hand-made");

    await test.step("nobody is doubled, nobody lost a login, nobody made by hand left", async () => {
      const after = await logins(page);
      for (const [username, password] of before) expect(after.get(username), username).toBe(password);
      expect(after.size).toBe(before.size + created.pupils);
      const now = await everybody(page);
      for (const [id, { username }] of accounts) expect(now.get(id)?.username).toBe(username);
      const inMis = await pupilsOfMis(school);
      // One account for each of the MIS's pupils, but for those left undecided, and for the hand-made
      // one that somebody was said not to be.
      expect(after.size).toBeLessThanOrEqual(inMis.length + 1);
      const context = await browser.newContext();
      const theirs = await context.newPage();
      const pupil = new Walk(theirs, handsOf(theirs));
      const [username, password] = [...before].find(([, password]) => /[a-z]/.test(password))!;
      await pupil.signsIn(school, username, password);
      await pupil.sees(/^Hello/);
      await context.close();
      await page.goto("/users/trash");
      await walk.sees("Trash", "trash-empty");
      await expect(page.getByText("The trash is empty.")).toBeVisible();
    });
  });
}
