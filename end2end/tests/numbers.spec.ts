// Every number of a summary leads to a list of just so many people, by link and by its address.
import { expect, test } from "@playwright/test";
import { mouse } from "../support/hands";
import { finish } from "../support/path";
import { advanceYear, makeSchool } from "../support/school";
import { Walk } from "../support/walk";

/** How many people a list says that it has. */
async function total(walk: Walk): Promise<number> {
  const words = await walk.page.locator(".paging span").innerText();
  return Number(words.replaceAll(",", "").match(/(\d+)(?: shown)?$/)![1]);
}

/** Follows every number of this page, comes back, and opens each list by its address too. */
async function followsEveryNumber(walk: Walk, heading: string | RegExp): Promise<number> {
  await walk.sees(heading);
  const numbers = await walk.page.locator("a.count").evaluateAll((links) =>
    links.map((link) => ({ href: link.getAttribute("href")!, count: Number(link.firstChild!.textContent!.replaceAll(",", "")) })),
  );
  for (const { href, count } of numbers) {
    await walk.page.locator(`a.count[href="${href}"]`).click();
    await expect(walk.page.locator(".paging")).toBeVisible();
    await expect.poll(() => total(walk), { message: `${href}, followed`, timeout: 15_000 }).toBe(count);
    await walk.page.reload();
    await expect(walk.page.locator(".paging")).toBeVisible();
    expect(await total(walk), `${href}, opened`).toBe(count);
    await walk.page.goBack();
    await walk.sees(heading);
  }
  return numbers.length;
}

test("every number of a summary, of a run and of its undoing is the length of the list it leads to", async ({ page }) => {
  const school = await makeSchool("connected", { pupils: 120, staff: 14, seed: 3 });
  await advanceYear(school);
  const walk = new Walk(page, mouse(page));
  await walk.signsIn(school, school.email, school.password);
  await walk.sees(school.name);
  await walk.press(page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "MIS sync wizard" }));
  expect(await followsEveryNumber(walk, "What will happen"), "numbers of the summary").toBeGreaterThan(4);
  // The simulator's year is ahead of the clock, which has to be confirmed.
  await walk.hands.fill(page.locator("#confirmation"), "CONFIRM");
  await finish(walk, "numbers-done");
  expect(await followsEveryNumber(walk, "Your accounts are up to date"), "numbers of the run").toBeGreaterThan(3);
  await walk.press(walk.link(/Undo/));
  expect(await followsEveryNumber(walk, /^Undo/), "numbers of the undoing").toBeGreaterThan(2);
});
