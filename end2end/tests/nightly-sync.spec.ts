// The nightly sync: turned on, made while nobody watches, held for an admin, who is written to and
// finishes it.
import { expect, test } from "@playwright/test";
import { mouse } from "../support/hands";
import { makeSchool, messages, removePupils } from "../support/school";
import { Walk } from "../support/walk";

test("a nightly sync that finds many leavers waits for the admin, who confirms it", async ({ page }) => {
  const school = await makeSchool("connected", { pupils: 90, staff: 14, seed: 31 });
  const walk = new Walk(page, mouse(page));
  await walk.signsIn(school, school.email, school.password);
  await walk.sees(school.name);
  await expect(page.getByText("Accounts are not updated automatically.")).toBeVisible();

  await test.step("it is off, and turned on", async () => {
    await page.goto("/users");
    await walk.sees("Manage users", "users");
    await walk.press(walk.link("Nightly sync"));
    await walk.sees("Nightly sync", "nightly-sync-off");
    await walk.hands.tick(walk.radio("Yes"));
    await walk.hands.fill(walk.field("At what time?"), "");
    await walk.press(walk.button("Save"));
    await expect(page.getByRole("link", { name: "Type a time, such as 05:30" })).toBeVisible();
    await walk.sees("Nightly sync", "nightly-sync-problem");
    await walk.hands.fill(walk.field("At what time?"), "02:30");
    await expect(page.getByText(/the sync may read the previous day’s copy/)).toBeVisible();
    await walk.sees("Nightly sync", "nightly-sync-early");
    await walk.hands.fill(walk.field("At what time?"), "05:45");
    await expect(page.getByText(/the sync may read the previous day’s copy/)).toHaveCount(0);
    await walk.press(walk.button("Save"));
    await expect(page.getByText("The nightly sync settings are saved.")).toBeVisible();
    await expect(page.getByText(/at 05:45$/)).toBeVisible();
    await walk.sees("Nightly sync", "nightly-sync-on");
    await page.reload();
    await walk.sees("Nightly sync");
    await expect(walk.radio("Yes")).toBeChecked();
    await expect(walk.field("At what time?")).toHaveValue("05:45");
  });

  await test.step("it is made, and waits, since many would leave", async () => {
    await removePupils(school, 30);
    await walk.press(walk.button("Run it now"));
    await expect(page.getByText(/: waiting for you$/)).toBeVisible();
    await walk.sees("Nightly sync", "nightly-sync-held");
  });

  await test.step("the dashboard says so", async () => {
    await page.goto("/dashboard");
    await walk.sees(school.name, "dashboard-held");
    await expect(page.getByText("The nightly sync is waiting for you")).toBeVisible();
    await expect(page.getByText(/pupils who are linked to your MIS would leave/)).toBeVisible();
  });

  await test.step("the admin is written to once, and is led to the summary", async () => {
    const letters = await messages(school);
    const subject = `The MIS sync for ${school.name} is waiting for you`;
    expect(letters.filter((letter) => letter.subject === subject)).toHaveLength(1);
    await page.goto("/messages");
    await walk.sees("Messages", "messages-held");
    const letter = page.getByRole("article").filter({ has: page.getByRole("heading", { name: subject }) });
    await expect(letter).toContainText(school.email);
    await walk.press(letter.getByRole("link", { name: /wizard\/summary$/ }));
    await walk.sees("What will happen", "summary-held");
    await expect(page.getByText("The nightly sync is waiting for you")).toBeVisible();
  });

  await test.step("the admin confirms it by typing, and it is applied", async () => {
    const press = () => walk.press(page.getByRole("main").locator("form.finish").getByRole("button"));
    await press();
    await expect(page.getByRole("link", { name: /^Type CONFIRM to show/ })).toBeVisible();
    await walk.hands.fill(walk.field("Type CONFIRM to continue"), "confirm");
    await press();
    await walk.sees("Your accounts are up to date");
  });

  await test.step("nothing waits any more, and the runs say who asked for each", async () => {
    await page.goto("/dashboard");
    await walk.sees(school.name);
    await expect(page.getByText("The nightly sync is waiting for you")).toHaveCount(0);
    await expect(page.getByText("Accounts are updated each night at 05:45.")).toBeVisible();
    await page.goto("/runs");
    await walk.sees("Sync history", "runs-by-schedule");
    const held = page.getByRole("row").filter({ hasText: "Held" });
    await expect(held).toContainText("Nightly sync");
  });

  await test.step("a night on which nothing happens says so", async () => {
    await page.goto("/users/nightly-sync");
    await walk.sees("Nightly sync");
    await walk.press(walk.button("Run it now"));
    await expect(page.getByText(/: done$/)).toBeVisible();
    await walk.sees("Nightly sync", "nightly-sync-done");
    await walk.press(walk.link("See what was done"));
    await walk.sees("Your accounts are up to date");
    await expect(page.getByText("No changes were needed.")).toBeVisible();
  });
});
