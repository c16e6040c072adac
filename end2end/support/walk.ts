// Walking the pages as a person does: by what is seen on them, and looking at each page on the way.
import AxeBuilder from "@axe-core/playwright";
import { expect, type Locator, type Page } from "@playwright/test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Hands } from "./hands";
import type { School } from "./school";

/** Set to a folder, every page that is seen is photographed there, 1280 and 390 pixels wide. */
const SCREENSHOTS = process.env.SCREENSHOTS;

export class Walk {
  constructor(
    readonly page: Page,
    readonly hands: Hands,
  ) {}

  link = (name: string | RegExp): Locator => this.page.getByRole("main").getByRole("link", { name });
  button = (name: string | RegExp): Locator => this.page.getByRole("button", { name });
  field = (name: string | RegExp): Locator => this.page.getByLabel(name);
  radio = (name: string | RegExp): Locator => this.page.getByRole("radio", { name });
  checkbox = (name: string | RegExp): Locator => this.page.getByRole("checkbox", { name });
  heading = (name: string | RegExp): Locator => this.page.getByRole("heading", { level: 1, name });

  /** Waits for a page by its heading until nothing is loading any more, and looks at it. */
  async sees(heading: string | RegExp, shot?: string): Promise<void> {
    await expect(this.page.locator("#shell")).toHaveCount(0);
    await expect(this.heading(heading)).toBeVisible();
    await expect(this.page.locator(".loading:visible")).toHaveCount(0);
    await this.looksAt(heading, shot);
  }

  /** Looks at a page as it is now: axe finds nothing, and it fits narrow screens. */
  async looksAt(heading: string | RegExp, shot?: string): Promise<void> {
    await expect(this.heading(heading)).toBeVisible();
    // There are no frames, so it need not open a page of its own each time.
    const { violations } = await new AxeBuilder({ page: this.page })
      .setLegacyMode()
      .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"])
      .analyze();
    expect(
      violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`),
      `axe on "${heading}"`,
    ).toEqual([]);
    if (this.hands.name === "mouse") await this.fitsNarrowScreens(heading);
    await this.photograph(shot);
  }

  /** Nothing has to be scrolled to the side, on a telephone or at 400 % of a laptop's screen. */
  private async fitsNarrowScreens(heading: string | RegExp): Promise<void> {
    const before = this.page.viewportSize()!;
    for (const width of [320, 390]) {
      await this.page.setViewportSize({ width, height: 900 });
      const needed = await this.page.evaluate(() => document.documentElement.scrollWidth);
      expect(needed, `"${heading}" at ${width} pixels`).toBeLessThanOrEqual(width);
    }
    await this.page.setViewportSize(before);
  }

  async photograph(shot?: string): Promise<void> {
    if (!SCREENSHOTS || !shot || this.hands.name !== "mouse") return;
    mkdirSync(SCREENSHOTS, { recursive: true });
    const before = this.page.viewportSize();
    for (const width of [1280, 390]) {
      await this.page.setViewportSize({ width, height: 900 });
      await this.page.screenshot({ path: join(SCREENSHOTS, `${shot}-${width}.png`), fullPage: true });
    }
    if (before) await this.page.setViewportSize(before);
  }

  async press(target: Locator): Promise<void> {
    await this.hands.press(target);
  }

  async goesOn(): Promise<void> {
    await this.press(this.button("Continue"));
  }

  /** Signs in with a username and a password, at the school's address. */
  async signsIn(school: School, username: string, password: string): Promise<void> {
    await this.page.goto(`/sch/${school.slug}`);
    await this.sees(/^Sign in to/, "sign-in");
    await this.givesNameAndPassword(username, password);
  }

  /** Answers the two questions of the sign-in page. */
  async givesNameAndPassword(username: string, password: string): Promise<void> {
    await this.hands.fill(this.field("Username"), username);
    await this.goesOn();
    await this.hands.fill(this.field("Password"), password);
    await this.press(this.button("Sign in"));
  }

  async signsOut(): Promise<void> {
    await this.press(this.button("Sign out"));
    await expect(this.heading(/^Sign in to|^Find your school/)).toBeVisible();
  }

  async seesNoProblem(): Promise<void> {
    await expect(this.page.getByRole("alert")).toHaveCount(0);
  }
}

/** A number in a table: the row of a heading, the column of another. */
export async function figure(table: Locator, row: string | RegExp, column: number): Promise<number> {
  const cell = table.getByRole("row", { name: row }).getByRole("cell").nth(column);
  const [digits] = (await cell.innerText()).replaceAll(",", "").match(/\d+/) ?? ["0"];
  return Number(digits);
}
