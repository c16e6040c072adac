// The history of a school's runs, and undoing one: looked at first, then done, then made again.
import { expect, test, type Locator } from "@playwright/test";
import { readFileSync } from "node:fs";
import { keyboard, mouse } from "../support/hands";
import { makeSchool } from "../support/school";
import { Walk } from "../support/walk";

for (const hands of [mouse, keyboard]) {
  test(`a first sync is looked at person by person, undone and made again, by ${hands.name}`, async ({ page }) => {
    const school = await makeSchool("connected", { pupils: 60, staff: 10, seed: 41 });
    const walk = new Walk(page, hands(page));
    await walk.signsIn(school, school.email, school.password);
    await walk.sees(school.name);

    await test.step("the run stands in the history", async () => {
      await page.goto("/runs");
      await walk.sees("Sync history", "runs-history");
      await expect(page.getByRole("row")).toHaveCount(2);
      await expect(page.getByRole("row").nth(1)).toContainText("Command line");
      await walk.press(page.getByRole("row").nth(1).getByRole("link"));
      await walk.sees("Your accounts are up to date", "run-done");
      await expect(page.getByRole("heading", { name: "About this run" })).toBeVisible();
      await page.getByText("The settings it used").click();
      await expect(page.getByText("Only teachers")).toBeVisible();
      await walk.photograph("run-settings");
    });

    await test.step("each count leads to the people, who can be had as a table file", async () => {
      const count = page.getByRole("link", { name: /pupils: New$/ });
      await expect(count).toHaveText(/^6\d pupils: New$/);
      await walk.press(count);
      await walk.sees("New", "run-people");
      const downloading = page.waitForEvent("download");
      await walk.press(walk.link(/CSV/));
      const file = readFileSync(await (await downloading).path(), "utf8");
      expect(file.trim().split("\n").length).toBeGreaterThan(60);
      await walk.press(page.getByRole("link", { name: "Back to the run" }));
      await walk.sees("Your accounts are up to date");
    });

    /** The address of each pupil's page, and their username. Names would not do: some pupils share one. */
    const usernames = async () => {
      await page.goto("/users/pupils");
      await walk.sees("Pupils");
      const rows = await page.getByRole("row").filter({ has: page.getByRole("rowheader") }).all();
      const username = async (row: Locator): Promise<[string, string]> => [
        (await row.getByRole("link").first().getAttribute("href"))!,
        await row.getByRole("cell").first().innerText(),
      ];
      return new Map(await Promise.all(rows.map(username)));
    };
    const run = page.url();
    const before = await usernames();

    await test.step("undoing shows what it would do, and changes nothing yet", async () => {
      await page.goto(run);
      await walk.press(walk.link("Undo this run"));
      await walk.sees("Undo this run?", "undo-plan");
      await expect(walk.button(/^Undo: put \d+ accounts in the trash$/)).toBeVisible();
      expect(await usernames()).toEqual(before);
      await page.goto(`${run}/undo`);
      await walk.sees("Undo this run?");
    });

    await test.step("it is done, and nobody is left", async () => {
      await walk.press(walk.button(/^Undo: put/));
      await walk.sees("The run was undone", "undo-done");
      await page.goto("/users/pupils");
      await walk.sees("Pupils");
      await expect(page.getByRole("row")).toHaveCount(0);
      await page.goto("/runs");
      await walk.sees("Sync history", "runs-undone");
      await expect(page.getByRole("row").nth(1)).toContainText("Undo");
      await expect(page.getByRole("row").nth(2)).toContainText("Undone");
      await page.goto(run);
      await walk.sees("This run was undone", "run-undone");
      await expect(walk.link("Undo this run")).toHaveCount(0);
      await walk.press(walk.link("See what undoing it did"));
      await walk.sees("The run was undone");
    });

    await test.step("somebody is taken out of the trash on their own page", async () => {
      await page.goto([...before.keys()][0]!);
      await walk.sees(/./, "person-in-trash");
      await walk.press(walk.button("Restore"));
      await expect(walk.button("Edit")).toBeVisible();
      await walk.sees(/./, "person-restored");
    });

    // The MIS is a school year on by now, so some have left it.
    await test.step("made again, everybody who is still in the MIS has the account they had", async () => {
      await page.goto("/wizard");
      await walk.sees("What will happen", "summary-after-undo");
      await walk.press(page.getByRole("main").locator("form.finish").getByRole("button"));
      await walk.sees("Your accounts are up to date");
      const stayed = [...(await usernames())].filter(([account]) => before.has(account));
      expect(stayed.length).toBeGreaterThan(30);
      for (const [account, username] of stayed) expect(username).toBe(before.get(account));
    });
  });
}
