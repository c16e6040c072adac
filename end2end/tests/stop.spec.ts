// A run is stopped by hand: what was done stays, what is left is done later.
import { expect, test } from "@playwright/test";
import { mouse } from "../support/hands";
import { OwnServer } from "../support/own-server";
import { makeSchool } from "../support/school";
import { Walk } from "../support/walk";

test("a run is stopped from its page, even across a restart, and what is left is done afterwards", async ({ browser }) => {
  const server = await OwnServer.place(test.info().outputPath("server"));
  const school = await makeSchool("connected", { pupils: 150, staff: 20, seed: 6 }, server.environment);
  // The second hundred people wait until the server is started again.
  await server.start("before-batch:2:WAIT");
  try {
    const page = await (await browser.newContext({ baseURL: server.url })).newPage();
    const walk = new Walk(page, mouse(page));
    await walk.signsIn(school, school.email, school.password);
    await walk.sees(school.name);
    await page.goto("/wizard");
    await walk.sees("What will happen");
    const finish = page.getByRole("main").locator("form.finish").getByRole("button");
    await walk.press(finish);
    await expect(page.getByText(/^100 of \d+/).first()).toBeVisible();
    await walk.sees("Bringing your accounts up to date", "run-going");

    const dialog = page.getByRole("dialog", { name: "Stop this run?" });
    await walk.press(walk.button("Stop this run"));
    await expect(dialog).toBeVisible();
    await walk.sees("Bringing your accounts up to date", "run-stop-asked");
    await walk.press(dialog.getByRole("button", { name: "Let it continue" }));
    await expect(dialog).toBeHidden();
    await walk.press(walk.button("Stop this run"));
    await walk.press(dialog.getByRole("button", { name: "Stop this run" }));
    await expect(page.getByText("Olivia Office asked for this run to be stopped.")).toBeVisible();
    await walk.sees("Bringing your accounts up to date", "run-stopping");

    await server.kill();
    await server.start();
    await walk.sees("The run was stopped", "run-stopped");
    await expect(page.getByText(/^Stopped by Olivia Office/)).toBeVisible();
    await expect(page.getByText(/^100 of \d+ people were done by then/)).toBeVisible();
    await expect(walk.link("Undo this run")).toBeVisible();
    await page.goto("/runs");
    await walk.sees("Sync history");
    await expect(page.getByRole("row", { name: /Stopped/ })).toHaveCount(1);
    await walk.press(page.getByRole("row", { name: /Stopped/ }).getByRole("link"));
    await walk.press(walk.link("Continue: see what is left"));
    await walk.sees("What will happen");
    await walk.press(finish);
    await walk.sees("Your accounts are up to date");
  } finally {
    await server.kill();
  }
});
