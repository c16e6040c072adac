// The app comes in parts: what a sign-in needs, and an area when a page of it is first opened.
import { expect, test, type Page } from "@playwright/test";
import { mouse } from "../support/hands";
import { makeSchool } from "../support/school";
import { Walk } from "../support/walk";

const PAGES: [address: string, heading: RegExp][] = [
  ["/dashboard", /^Test School/],
  ["/account", /^Your account$/],
  ["/users", /^Manage users$/],
  ["/users/pupils", /^Pupils$/],
  ["/users/pupils/new", /^Add a pupil$/],
  ["/users/staff", /^Staff$/],
  ["/users/staff/new", /^Add a member of staff$/],
  ["/users/classes", /^Classes$/],
  ["/users/groups", /^Subject groups$/],
  ["/users/trash", /^Trash$/],
  ["/users/sign-ins", /^Sign-ins$/],
  ["/users/nightly-sync", /^Nightly sync$/],
  ["/cards", /^Login cards$/],
  ["/set-up", /./],
  ["/set-up/scopes", /./],
  ["/set-up/authoriser", /./],
  ["/set-up/what-is-read", /^What is read and what is kept$/],
  ["/set-up/waiting", /^Your MIS is connected$/],
  ["/set-up/disconnect", /^Disconnect your MIS$/],
  ["/set-up/guidance", /^Guidance for/],
  ["/wizard", /./],
  ["/runs", /^Sync history$/],
  ["/messages", /^Messages$/],
];

/** The file without which no page is there. */
const THE_APP = /\/app-\w+\.wasm$/;

/** What the browser says that nobody expects: errors, warnings, and files fetched ahead for nothing. */
function listen(page: Page): string[] {
  const said: string[] = [];
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("console", (message) => {
    // Before signing in nobody is signed in: that is what is asked.
    const isAsked = message.location().url.endsWith("/api/me") && message.text().includes("401");
    if (["error", "warning"].includes(message.type()) && !isAsked) said.push(message.text());
  });
  return said;
}

const aSchool = () => makeSchool("connected", { pupils: 30, staff: 8, seed: 5 });

async function signIn(page: Page) {
  const school = await aSchool();
  const walk = new Walk(page, mouse(page));
  await page.goto(`/sch/${school.slug}`);
  await walk.givesNameAndPassword(school.email, school.password);
  await expect(page.getByRole("heading", { name: "Last run" })).toBeVisible();
  return { school, walk };
}

/** Holds the files of this name back until what it returns is called. */
async function holdBack(page: Page, name: RegExp): Promise<() => void> {
  let arrive = () => {};
  const arrival = new Promise<void>((resolve) => (arrive = resolve));
  await page.route(name, async (route) => {
    await arrival;
    await route.continue();
  });
  return arrive;
}

/** Follows a link to an address, as a press on one does. */
async function follow(page: Page, address: string) {
  await page.evaluate((href) => {
    const link = Object.assign(document.createElement("a"), { href });
    document.body.append(link);
    link.click();
    link.remove();
  }, address);
}

test("every page arrives by a link and by its address, and the browser has nothing to complain of", async ({ page }) => {
  const said = listen(page);
  await signIn(page);
  const heading = page.getByRole("heading", { level: 1 });
  await follow(page, "/users/pupils");
  await expect(heading).toHaveText("Pupils");
  const person = await page.locator('a[href^="/users/people/"]').first().getAttribute("href", { timeout: 15_000 });
  for (const [address, name] of [...PAGES, [person!, /./] as [string, RegExp]]) {
    await test.step(`${address} by a link`, async () => {
      await follow(page, address);
      await expect(page).not.toHaveTitle(/Loading/);
      await expect(heading).toHaveText(name);
    });
    await test.step(`${address} by its address`, async () => {
      await page.goto(address);
      await expect(heading).toHaveText(name);
      await expect(page.locator("#shell")).toHaveCount(0);
    });
  }
  expect(said).toEqual([]);
});

test("a page that takes a while says that it is on its way", async ({ page }) => {
  await signIn(page);
  const arrive = await holdBack(page, /split_cards/);
  await follow(page, "/cards");
  const onItsWay = page.locator(".on-its-way");
  await expect(onItsWay).toHaveText("Loading…");
  arrive();
  await expect(page.getByRole("heading", { level: 1, name: "Login cards" })).toBeVisible();
  await expect(onItsWay).toHaveText("");
});

test("an area that cannot be fetched says so in its place, and comes with the next press", async ({ page }) => {
  const { walk } = await signIn(page);
  await page.route(/split_cards/, (route) => route.abort());
  await follow(page, "/cards");
  await walk.sees("This page could not be fetched", "not-fetched");
  await page.getByRole("link", { name: "Manage users" }).first().click();
  await expect(page.getByRole("heading", { name: "Manage users" })).toBeVisible();
  await follow(page, "/cards");
  await expect(page.getByRole("heading", { name: "This page could not be fetched" })).toBeVisible();
  await page.unroute(/split_cards/);
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Login cards" })).toBeVisible();
});

test("a tab that was open across an upgrade comes to the new build where it was going", async ({ page }) => {
  await signIn(page);
  // The server has another build by now: the old one's files are gone, and the page is of another.
  let isUpgraded = true;
  await page.route(/split_cards/, (route) => (isUpgraded ? route.fulfill({ status: 404 }) : route.continue()));
  const another = '<!DOCTYPE html><meta name="build" content="another">';
  await page.route(/\/$/, (route) => route.fulfill({ contentType: "text/html", body: another }));
  page.on("request", (request) => {
    if (request.isNavigationRequest()) isUpgraded = false;
  });
  await follow(page, "/cards?year=year-3#list");
  await expect(page.getByRole("heading", { level: 1, name: "Login cards" })).toBeVisible();
  expect(isUpgraded).toBe(false);
  await expect(page).toHaveURL(/\/cards\?year=year-3#list$/);
});

test("a page that was asked for before signing in comes afterwards, as it was asked for", async ({ page }) => {
  const { school, walk } = await signIn(page);
  await page.context().clearCookies();
  await page.goto("/users/pupils?q=zzz");
  await walk.givesNameAndPassword(school.email, school.password);
  await expect(page.getByRole("heading", { level: 1, name: "Pupils" })).toBeVisible();
  await expect(page).toHaveURL(/\/users\/pupils\?q=zzz$/);
});

test("someone can type and press Continue before the app has arrived", async ({ page }) => {
  const school = await aSchool();
  const arrive = await holdBack(page, THE_APP);
  await page.goto(`/sch/${school.slug}`, { waitUntil: "commit" });
  await new Walk(page, mouse(page)).looksAt("Sign in to your school", "before-the-app");
  await page.getByLabel("Username").fill(school.email);
  await page.keyboard.press("Enter");
  await expect(page.locator(".button-busy")).toBeVisible();
  arrive();
  await expect(page.getByLabel("Password")).toBeFocused();
  await expect(page.getByText(school.email)).toBeVisible();
});

test("the form stays as it was, with what is being typed, when the app arrives", async ({ page }) => {
  const school = await aSchool();
  const arrive = await holdBack(page, THE_APP);
  await page.goto(`/sch/${school.slug}`, { waitUntil: "commit" });
  const field = page.getByLabel("Username");
  await field.pressSequentially("pen");
  const panel = page.locator(".narrow-panel");
  const look = async () => ({ words: await panel.innerText(), box: await field.boundingBox(), tree: await panel.ariaSnapshot() });
  const before = await look();
  arrive();
  await expect(page.locator("#shell")).toHaveCount(0);
  await expect(field).toBeFocused();
  expect(await look()).toEqual(before);
  await page.keyboard.type("guin");
  await expect(field).toHaveValue("penguin");
});

test("where the app cannot be fetched the page says so, and can be loaded again as it was", async ({ page }) => {
  await page.route(THE_APP, (route) => route.abort());
  const school = await aSchool();
  await page.goto(`/sch/${school.slug}`);
  await expect(page.getByRole("alert")).toContainText("could not be loaded");
  await new Walk(page, mouse(page)).looksAt("Sign in to your school", "app-not-fetched");
  // What stands behind the "#" says who they are.
  await page.goto("/activate#a-token-that-nobody-has");
  await expect(page.getByRole("alert")).toContainText("could not be loaded");
  const reloaded = page.waitForEvent("load");
  await page.getByRole("link", { name: "load the page again" }).click();
  await reloaded;
  await expect(page).toHaveURL(/\/activate#a-token-that-nobody-has$/);
});

test("a name that is corrected after Continue waits for another press", async ({ page }) => {
  const school = await aSchool();
  const arrive = await holdBack(page, THE_APP);
  await page.goto(`/sch/${school.slug}`, { waitUntil: "commit" });
  const field = page.getByLabel("Username");
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(field).toBeFocused();
  await page.keyboard.type("pen");
  await page.keyboard.press("Enter");
  await page.keyboard.type("guin");
  arrive();
  await expect(page.locator("#shell")).toHaveCount(0);
  await expect(field).toHaveValue("penguin");
  await expect(field).toBeFocused();
});

test("what was typed is still there where the school was asked for twice", async ({ page }) => {
  const school = await aSchool();
  const arrive = await holdBack(page, THE_APP);
  let isDown = true;
  await page.route(`**/api/schools/${school.slug}`, (route) => (isDown ? route.abort() : route.continue()));
  await page.goto(`/sch/${school.slug}`, { waitUntil: "commit" });
  await page.getByLabel("Username").fill("penguin");
  arrive();
  await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
  isDown = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByLabel("Username")).toHaveValue("penguin");
});

test("a cold sign-in page takes 11 requests at most, a cold dashboard 15", async ({ page }) => {
  const { school } = await signIn(page);
  const protocol = await page.context().newCDPSession(page);
  await protocol.send("Network.enable");
  let requests: string[] = [];
  protocol.on("Network.responseReceived", ({ response }) => {
    if (!response.fromDiskCache && response.url.startsWith("http")) requests.push(response.url);
  });
  const open = async (address: string) => {
    await protocol.send("Network.clearBrowserCache");
    await page.goto("about:blank");
    requests = [];
    await page.goto(address, { waitUntil: "networkidle" });
    return requests;
  };
  expect((await open("/dashboard")).length).toBeLessThanOrEqual(15);
  await page.context().clearCookies();
  expect((await open(`/sch/${school.slug}`)).length).toBeLessThanOrEqual(11);
});
