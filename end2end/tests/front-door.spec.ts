// The front door: a card's QR code leads a child in from anywhere, two pictures alone do not, guessing
// is shown to an admin and ended with one press.
import { expect, test, type Browser } from "@playwright/test";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { mouse } from "../support/hands";
import { OwnServer } from "../support/own-server";
import { readQr } from "../support/qr";
import { makeSchool } from "../support/school";
import { binaries } from "../support/stack.mjs";
import { Walk } from "../support/walk";

const AT_SCHOOL = "192.0.2.10";
const AT_HOME = "203.0.113.9";

interface Card {
  name: string;
  username: string;
  password: string;
  format: string;
}

/** Somebody's browser, on a device of their own, at an address. */
async function at(browser: Browser, server: OwnServer, address: string): Promise<Walk> {
  const context = await browser.newContext({
    baseURL: server.url,
    extraHTTPHeaders: { "X-Forwarded-For": address },
  });
  const page = await context.newPage();
  return new Walk(page, mouse(page));
}

async function choosesPictures(walk: Walk, pin: string): Promise<void> {
  await expect(walk.page.getByRole("heading", { name: "Choose your 2 pictures" })).toBeVisible();
  for (const digit of pin) await walk.page.keyboard.press(digit);
}

test("a card’s code lets a child in anywhere, and guessing is shown and ended", async ({ browser }) => {
  // Nine pages in six browsers: as long as the longest paths have, twice.
  test.setTimeout(600_000);
  const server = await OwnServer.place(test.info().outputPath("server"), { ROLLCALL_TRUSTED_PROXIES: "127.0.0.1" });
  const school = await makeSchool("connected", { pupils: 60, staff: 8, seed: 71 }, server.environment);
  execFileSync(join(binaries, "rollcall"), ["sync", "--estab", school.estab, "--accept-suggestions"], {
    env: server.environment,
    stdio: "ignore",
  });
  await server.start();
  try {
    const admin = await at(browser, server, AT_SCHOOL);
    await admin.signsIn(school, school.email, school.password);
    await admin.sees(school.name);

    let child!: Card;
    let picturePin!: Card;
    let code!: string;
    await test.step("each card has a code of its own, without the password in it", async () => {
      await admin.page.goto("/cards");
      await admin.hands.tick(admin.radio("All pupils"));
      const printed = admin.page.waitForResponse(/\/api\/cards$/);
      await admin.press(admin.button("Show the cards"));
      const { sheets } = (await (await printed).json()) as { sheets: { cards: Card[] }[] };
      const all = sheets.flatMap(({ cards }) => cards);
      child = all.find(({ format }) => format === "two_picture_pin")!;
      picturePin = all.find(({ format }) => format === "picture_pin")!;
      await admin.sees(/login cards/, "front-door-cards");
      const card = (name: string) =>
        admin.page.locator(".card").filter({ has: admin.page.getByText(name, { exact: true }) });
      code = await readQr(card(child.username));
      expect(code).toMatch(new RegExp(`^${server.url}/sch/${school.slug}#card=[\\w-]{22}$`));
      expect(await readQr(card(picturePin.username))).not.toBe(code);
    });

    const home = await at(browser, server, AT_HOME);
    await test.step("two pictures are not asked for on a new device away from school", async () => {
      await home.page.goto(`/sch/${school.slug}`);
      await home.hands.fill(home.field("Username"), child.username);
      await home.goesOn();
      await expect(home.page.getByText("Use your login card to sign in here")).toBeVisible();
      await home.sees(/^Sign in to/, "sign-in-card-needed");
    });

    await test.step("with the card’s code they are, and the code stays in no address", async () => {
      await home.page.goto("about:blank");
      await home.page.goto(code);
      await expect(home.page.getByText(child.username)).toBeVisible();
      await home.sees(/^Sign in to/, "sign-in-by-card");
      expect(home.page.url()).toBe(`${server.url}/sch/${school.slug}`);
      await choosesPictures(home, child.password === "00" ? "11" : "00");
      await expect(home.page.getByText("Those are not your pictures")).toBeVisible();
      await choosesPictures(home, child.password);
      await expect(home.heading(/^Hello/)).toBeVisible();
    });

    await test.step("the device is known from then on, and the username is enough", async () => {
      await home.signsOut();
      await home.page.goto(`/sch/${school.slug}`);
      await home.hands.fill(home.field("Username"), child.username);
      await home.goesOn();
      await choosesPictures(home, child.password);
      await expect(home.heading(/^Hello/)).toBeVisible();
    });

    await test.step("guessing from many places is told to the admin, and keeps nobody out at school", async () => {
      for (let guess = 0; guess < 45; guess += 1) {
        const stranger = await fetch(`${server.url}/api/schools/${school.slug}/sign-in`, {
          method: "POST",
          headers: {
            "content-type": "application/json",
            "sec-fetch-site": "same-origin",
            "x-forwarded-for": `198.51.${guess}.1`,
          },
          body: JSON.stringify({ username: picturePin.username, password: "none" }),
        });
        expect([401, 429]).toContain(stranger.status);
      }
      await admin.page.goto("/dashboard");
      await expect(admin.page.getByText("Many wrong passwords")).toBeVisible();
      await admin.sees(school.name, "dashboard-guessing");
      const classroom = await at(browser, server, AT_SCHOOL);
      await classroom.page.goto(`/sch/${school.slug}`);
      await classroom.hands.fill(classroom.field("Username"), picturePin.username);
      await classroom.goesOn();
      await expect(classroom.page.getByRole("heading", { name: "Choose your 4 pictures" })).toBeVisible();
      for (const digit of picturePin.password) await classroom.page.keyboard.press(digit);
      await expect(classroom.heading(/^Hello/)).toBeVisible();
    });

    await test.step("one press lets everybody try again", async () => {
      await admin.press(admin.link("See sign-ins, and let everyone try again"));
      await admin.sees("Sign-ins", "sign-ins-slowed");
      await admin.press(admin.button("Let everyone try again now"));
      await expect(admin.page.getByText("Everyone can try to sign in again.")).toBeVisible();
      await expect(admin.page.getByText("No sign-ins are slowed.")).toBeVisible();
    });

    await test.step("the school’s addresses are shown, and can be put right", async () => {
      await expect(admin.page.getByRole("row", { name: AT_SCHOOL })).toContainText("where you are now");
      await admin.hands.fill(admin.field("Add an address"), "the office");
      await admin.press(admin.button("Add address"));
      await expect(admin.page.getByText("There is a problem")).toBeVisible();
      await admin.hands.fill(admin.field("Add an address"), `${AT_HOME}/24`);
      await admin.press(admin.button("Add address"));
      await expect(admin.page.getByRole("row", { name: "203.0.113.0/24" })).toContainText("Added by an admin");
      await admin.sees("Sign-ins", "sign-ins");
      await admin.press(admin.button(/Remove 203/));
      await expect(admin.page.getByRole("row", { name: "203.0.113.0/24" })).toHaveCount(0);
    });

    await test.step("an old card’s code is stopped, and the page says what to do", async () => {
      await admin.page.goto(`/users/pupils?q=${child.username}`);
      await admin.press(admin.link(child.name));
      await admin.press(admin.button("Stop the old card’s QR code"));
      await expect(admin.page.getByText(/old card no longer works/)).toBeVisible();
      const other = await at(browser, server, AT_HOME);
      await other.page.goto(code);
      await expect(other.page.getByText("This login card no longer works").first()).toBeVisible();
      await other.sees(/^Sign in to/, "sign-in-old-card");
      await other.hands.fill(other.field("Username"), school.email);
      await other.goesOn();
      await expect(other.field("Password")).toBeVisible();
    });
  } finally {
    await server.kill();
  }
});
