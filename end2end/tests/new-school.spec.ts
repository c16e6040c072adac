// The whole path as a new admin walks it: sign in, connect, five steps, finish, cards, a pupil and a
// teacher who sign in, and a year later the rollover. Once with the mouse, once with the keyboard.
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, type Browser } from "@playwright/test";
import { keyboard, mouse } from "../support/hands";
import { answerSteps, cards, everybody, finish, giveConsent, logins, setUp, UNSURE_YEAR } from "../support/path";
import { PICTURES } from "../support/pictures";
import { advanceYear, makeSchool, messages, renameGroup, type School } from "../support/school";
import { figure, Walk } from "../support/walk";

type HandsOf = typeof mouse;

for (const handsOf of [mouse, keyboard]) {
  const name = handsOf === mouse ? "mouse" : "keyboard alone";
  test(`a new school connects, syncs, prints cards and rolls over, by ${name}`, async ({ page, browser }) => {
    const school = await makeSchool("new", { pupils: 90, staff: 14, seed: 5, newToXod: true });
    await renameGroup(school, UNSURE_YEAR.group, UNSURE_YEAR.name, UNSURE_YEAR.code);
    const walk = new Walk(page, handsOf(page));

    await test.step("the admin signs in, and asks another person for consent", async () => {
      await walk.signsIn(school, school.email, school.password);
      await walk.sees(school.name, "dashboard-not-connected");
      await setUp(walk, school);
    });

    await test.step("that person consents, the installation is done, and the page notices by itself", async () => {
      await giveConsent(page, school, true);
      await walk.sees("Your MIS is connected", "set-up-ready");
      await walk.press(walk.link("Continue to the wizard"));
    });

    await test.step("five steps", () => answerSteps(walk, true));

    const created = await test.step("the summary says what will happen, and that is done", async () => {
      await walk.sees("What will happen", "wizard-5-summary");
      const planned = page.getByRole("table", { name: /People affected by each change/ });
      await walk.press(planned.getByRole("row", { name: /^New/ }).getByRole("link").first());
      await walk.sees("New", "summary-list-new");
      await walk.press(page.getByRole("link", { name: "Back to the summary" }));
      await expect(page.getByRole("table", { name: "People who will not be imported" })).toBeVisible();
      const created = await finish(walk, "done");
      expect(created.pupils).toBeGreaterThan(80);
      expect(created.staff).toBeGreaterThan(4);
      await expect(page.getByText(/activation e-mails? (is|are) kept here/)).toBeVisible();
      return created;
    });

    await test.step("login cards are printed: the right people, none split, no sheet of two classes", async () => {
      await walk.press(walk.link("Print login cards"));
      await walk.sees("Login cards", "cards-choose");
      await walk.press(walk.button("Show the cards"));
      await expect(page.locator(".card")).toHaveCount(created.pupils);
      await walk.sees(/[Cc]ards/, "cards");
      await cardsAreWhole(walk, school);
    });

    await test.step("new pupils sign in with what the card says", () => pupilsSignIn(walk, school, browser, handsOf));

    await test.step("a new teacher sets a password by the link, and signs in with it", () =>
      teacherSignsIn(school, browser, handsOf));

    const before = { logins: await logins(page), people: await everybody(page) };

    await test.step("a year later the wizard opens on the summary, and rolls everyone over", async () => {
      await advanceYear(school);
      await page.goto("/users");
      await walk.sees("Manage users", "users");
      await walk.press(walk.link(/^MIS sync wizard/));
      await walk.sees("What will happen");
      await walk.press(walk.button("Read it again"));
      await expect(page.getByText(/A new school year/)).toBeVisible();
      await walk.sees("What will happen", "summary-rollover");
      const planned = page.getByRole("table", { name: /People affected by each change/ });
      expect(await figure(planned, /^Moved/, 0)).toBeGreaterThan(50);
      expect(await figure(planned, /^Leaving/, 0)).toBeGreaterThan(3);
      expect(await figure(planned, /^New/, 0)).toBeGreaterThan(3);
      await finish(walk, "done-rollover");
    });

    await test.step("nobody who was there has another username or password", async () => {
      const after = { logins: await logins(page), people: await everybody(page) };
      const left = await everybody(page, true);
      for (const [id, person] of before.people) {
        const now = after.people.get(id) ?? left.get(id);
        expect(now?.username, `${person.username} is still there, here or in the trash`).toBe(person.username);
      }
      const kept = [...before.logins].filter(([username]) => after.logins.has(username));
      expect(kept.length).toBeGreaterThan(60);
      for (const [username, password] of kept) expect(after.logins.get(username)).toBe(password);
    });

    await test.step("those who left are in the trash, and cannot sign in", async () => {
      const left = await everybody(page, true);
      expect(left.size).toBeGreaterThan(3);
      await page.goto("/users/trash");
      await walk.sees("Trash", "trash");
      const leaver = [...left.values()].find(({ username }) => before.logins.has(username))!;
      const context = await browser.newContext();
      const theirs = new Walk(await context.newPage(), mouse(page));
      await theirs.page.goto(`/sch/${school.slug}`);
      const reply = await theirs.page.request.post(`/api/schools/${school.slug}/sign-in`, {
        data: { username: leaver.username, password: before.logins.get(leaver.username) },
        headers: { origin: new URL(theirs.page.url()).origin },
      });
      expect(reply.status()).toBe(401);
      await context.close();
    });
  });
}

/** The page as Chromium prints it: everybody's card is in it, whole, on a sheet of their class. */
async function cardsAreWhole({ page }: Walk, school: School): Promise<void> {
  const all = await cards(page);
  const pdf = join(mkdtempSync(join(tmpdir(), "rollcall-cards-")), "cards.pdf");
  writeFileSync(pdf, await page.pdf({ preferCSSPageSize: true }));
  const text = execFileSync("pdftotext", ["-layout", pdf, "-"], { encoding: "utf8" });
  const sheets = text.split("\f").map((sheet) => sheet.split(/\s+/));
  const address = (sheet: string[]) => sheet.filter((word) => word.includes(`/sch/${school.slug}`.slice(0, 10))).length;
  let seen = 0;
  for (const sheet of sheets) {
    // A whole card has one username and one address: a split one would leave a sheet uneven. (A
    // person with one name may have it as their username too: so usernames count once.)
    const usernames = new Set(sheet.filter((word) => all.has(word)));
    expect(address(sheet)).toBe(usernames.size);
    seen += usernames.size;
    const here = [...usernames].map((username) => all.get(username)!);
    expect(new Set(here.map((card) => card.class)).size, "one class on a sheet").toBeLessThanOrEqual(1);
    for (const card of here) {
      expect(sheet, `the password of ${card.username} stands on their sheet`).toContain(card.password);
      for (const word of card.name.split(/[\s-]+/)) expect(sheet.join(" ")).toContain(word);
    }
  }
  expect(seen).toBe(all.size);
}

async function pupilsSignIn(walk: Walk, school: School, browser: Browser, handsOf: HandsOf): Promise<void> {
  const all = [...(await logins(walk.page))];
  const context = await browser.newContext();
  const page = await context.newPage();
  const pupil = new Walk(page, handsOf(page));

  const [older, word] = all.find(([, password]) => /^[a-z]{5}\d{3}$/.test(password))!;
  await pupil.signsIn(school, older, word);
  await pupil.sees(/^Hello/, "pupil-home");
  await page.goto("/users");
  await expect(page.getByText(/[Oo]nly a school admin/).first()).toBeVisible();
  await pupil.sees(/[Oo]nly a school admin/, "admins-only");
  await pupil.signsOut();

  // On the same device, with no page loaded again: a word, then two pictures, then four.
  const [animal, beast] = all.find(([, password]) => /^[A-Z][a-z]+\d{2}$/.test(password))!;
  await pupil.givesNameAndPassword(animal, beast);
  await pupil.sees(/^Hello/);
  await pupil.signsOut();
  for (const count of [2, 4]) {
    const [younger, pin] = all.find(([, password]) => new RegExp(`^\\d{${count}}$`).test(password))!;
    await pupil.hands.fill(pupil.field("Username"), younger);
    await pupil.goesOn();
    await expect(page.getByRole("heading", { name: `Choose your ${count} pictures` })).toBeVisible();
    await pupil.sees(/^Sign in to/, `sign-in-${count}-pictures`);
    for (const digit of pin) await pupil.press(pupil.button(PICTURES[Number(digit)]!));
    await pupil.sees(/^Hello/);
    await pupil.signsOut();
  }
  await context.close();
}

async function teacherSignsIn(school: School, browser: Browser, handsOf: HandsOf): Promise<void> {
  const [newest] = await messages(school);
  const link = newest!.body.match(/https?:\/\/\S+\/activate#\S+/)![0];
  const context = await browser.newContext();
  const page = await context.newPage();
  const teacher = new Walk(page, handsOf(page));
  const password = "a long walk by the sea";
  await page.goto("/messages");
  await teacher.sees("Messages", "messages");
  await teacher.press(teacher.link(link));
  await teacher.sees("Set your password", "activate");
  const username = await page.locator("dd").first().innerText();
  await teacher.hands.fill(teacher.field("New password"), password);
  await teacher.press(teacher.button("Set password and sign in"));
  await teacher.sees(/^Hello/, "teacher-home");
  await teacher.signsOut();
  await teacher.givesNameAndPassword(username, password);
  await teacher.sees(/^Hello/);
  await page.goto("about:blank");
  await page.goto(link);
  await teacher.sees("This link no longer works", "activate-used");
  await context.close();
}
