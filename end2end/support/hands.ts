// The two ways a person works the pages. Every path is walked with both.
import { expect, type Locator, type Page } from "@playwright/test";

export interface Hands {
  readonly name: string;
  /** Follows a link or presses a button. */
  press(target: Locator): Promise<void>;
  /** Types into a field, in place of what stands there. */
  fill(target: Locator, text: string): Promise<void>;
  /** Ticks a checkbox or chooses a radio button. */
  tick(target: Locator): Promise<void>;
  choose(target: Locator, label: string): Promise<void>;
}

export const mouse = (_page: Page): Hands => ({
  name: "mouse",
  press: (target) => target.click(),
  fill: (target, text) => target.fill(text),
  tick: (target) => target.check(),
  choose: async (target, label) => void (await target.selectOption({ label })),
});

/** The keyboard alone: everything is reached with Tab, as a person without a mouse does. */
export const keyboard = (page: Page): Hands => {
  const reach = async (target: Locator) => {
    await expect(target).toBeVisible();
    await expect(target).toBeEnabled();
    // Radio buttons of a group share one Tab stop, so stand on the group first.
    const isRadio = await target.evaluate((node) => node instanceof HTMLInputElement && node.type === "radio");
    for (let step = 0; step < 400; step += 1) {
      const found = await target.evaluate(
        (node, isRadio) =>
          node === document.activeElement ||
          (isRadio &&
            document.activeElement instanceof HTMLInputElement &&
            document.activeElement.type === "radio" &&
            document.activeElement.name === (node as HTMLInputElement).name),
        isRadio,
      );
      if (found) return;
      await page.keyboard.press("Tab");
    }
    throw new Error(`${target} cannot be reached with the Tab key`);
  };
  return {
    name: "keyboard",
    press: async (target) => {
      await reach(target);
      await page.keyboard.press("Enter");
    },
    fill: async (target, text) => {
      await reach(target);
      await page.keyboard.press("Control+A");
      await page.keyboard.press("Delete");
      await page.keyboard.type(text);
    },
    tick: async (target) => {
      await reach(target);
      const isRadio = (await target.getAttribute("type")) === "radio";
      for (let step = 0; isRadio && step < 20; step += 1) {
        if (await target.evaluate((node) => node === document.activeElement)) break;
        await page.keyboard.press("ArrowDown");
      }
      if (!(await target.isChecked())) await page.keyboard.press("Space");
      await expect(target).toBeChecked();
    },
    choose: async (target, label) => {
      await reach(target);
      await page.keyboard.type(label);
      await expect(target.locator("option:checked")).toHaveText(label);
    },
  };
};
