// One person is brought up to date from the MIS: shown first, then done, and nobody else with them.
import { expect, test } from "@playwright/test";
import { keyboard, mouse } from "../support/hands";
import { makeSchool, renamePupil, sync } from "../support/school";
import { Walk } from "../support/walk";

for (const handsOf of [mouse, keyboard]) {
  const way = handsOf === mouse ? "mouse" : "keyboard alone";
  test(`a pupil gets the surname that the MIS has now: ${way}`, async ({ page }) => {
    const school = await makeSchool("connected", { pupils: 60, staff: 10, seed: 33 });
    expect(sync(school).status).toBe("done");
    const walk = new Walk(page, handsOf(page));
    await walk.signsIn(school, school.email, school.password);
    await walk.sees(school.name);
    await page.goto("/users/pupils?year=year-3");
    await walk.sees("Pupils");
    const pupil = page.getByRole("row").getByRole("link", { name: /^\S+ \S+$/ }).first();
    const name = await pupil.innerText();
    const [forename, surname] = name.split(" ") as [string, string];
    await walk.press(pupil);
    await walk.sees(name);

    await test.step("who is as the MIS has them is told so", async () => {
      await walk.press(walk.button("See what your MIS says now"));
      await expect(page.getByText(`${name} is already up to date with your MIS.`)).toBeVisible();
      await walk.sees(name, "person-up-to-date");
    });

    await test.step("what would change is shown, and done", async () => {
      await renamePupil(school, forename, surname, "Okonkwo");
      await walk.press(walk.button("See what your MIS says now"));
      await expect(page.getByText("Nothing has been changed yet, and no one else is affected.")).toBeVisible();
      await expect(page.getByRole("main").getByText("Okonkwo").first()).toBeVisible();
      await walk.sees(name, "person-from-mis");
      await walk.press(walk.button("Bring up to date"));
      await walk.sees(`${forename} Okonkwo`, "person-brought-up-to-date");
      await expect(page.getByText(`${forename} Okonkwo is up to date with your MIS.`)).toBeVisible();
    });

    await test.step("the runs have it", async () => {
      await page.goto("/runs");
      await walk.sees("Sync history", "runs-one-person");
      await expect(page.getByRole("row").filter({ hasText: "One person" })).toContainText("Olivia Office");
    });
  });
}
