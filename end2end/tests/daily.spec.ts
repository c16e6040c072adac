// What happens on all other days: a forgotten password, a class teacher helping, someone who has to be kept out.
import { expect, test, type Browser, type Page } from "@playwright/test";
import { keyboard, mouse, type Hands } from "../support/hands";
import { PICTURES } from "../support/pictures";
import { makeSchool, messages, type School } from "../support/school";
import { Walk } from "../support/walk";

const PASSWORD = "a long walk by the sea";
const ANOTHER = "seven green umbrellas";
/** A classroom's shared tablet, held upright. */
const TABLET = { viewport: { width: 810, height: 1080 }, hasTouch: true };

const aSchool = () => makeSchool("connected", { pupils: 60, staff: 8, seed: 11 });

async function admins(page: Page, school: School, hands: Hands): Promise<Walk> {
  const walk = new Walk(page, hands);
  await walk.signsIn(school, school.email, school.password);
  await walk.sees(school.name);
  return walk;
}

/** The newest link of a message to somebody. */
async function linkTo(school: School, email: string, subject: RegExp): Promise<string> {
  const all = await messages(school);
  const message = all.find(({ to, subject: said }) => to === email && subject.test(said))!;
  return message.body.match(/https?:\/\/\S+\/activate#\S+/)![0];
}

/** A member of staff of the list who is a teacher with a class, with a password; in a browser of their own. */
async function aTeacher(browser: Browser, admin: Walk, school: School, handsOf: (page: Page) => Hands) {
  await admin.page.goto("/users/staff");
  await admin.sees("Staff");
  const row = admin.page
    .getByRole("row")
    .filter({ has: admin.page.getByRole("cell", { name: "Teacher", exact: true }) })
    .filter({ has: admin.page.locator("td[data-label=Classes]", { hasText: /\w/ }) })
    .first();
  const email = await row.locator("td[data-label='E-mail']").innerText();
  const name = await row.getByRole("rowheader").innerText();
  const context = await browser.newContext();
  const page = await context.newPage();
  const teacher = new Walk(page, handsOf(page));
  await page.goto(await linkTo(school, email, /^Your/));
  await teacher.hands.fill(teacher.field("New password"), PASSWORD);
  await teacher.press(teacher.button("Set password and sign in"));
  await teacher.sees(/^Hello/);
  return { teacher, email, name: name.trim() };
}

for (const handsOf of [mouse, keyboard]) {
  const by = (what: string) => `${what}, by ${handsOf === mouse ? "mouse" : "keyboard"}`;

  test(by("a class teacher gives a child a new password, who signs in with it on the class tablet"), async ({ page, browser }) => {
    const school = await aSchool();
    const admin = await admins(page, school, handsOf(page));
    const { teacher } = await aTeacher(browser, admin, school, handsOf);
    await teacher.sees(/^Hello/, "teacher-home");
    const row = teacher.page.getByRole("table", { name: "Your classes" }).getByRole("row").nth(1);
    const className = await row.getByRole("rowheader").innerText();
    await teacher.press(row.getByRole("link"));
    await teacher.sees(className, "own-class");
    const pupil = teacher.page.getByRole("row").nth(1);
    const username = await pupil.locator("td[data-label=Username]").innerText();

    await teacher.press(pupil.getByRole("button", { name: /^Show password/ }));
    const dialog = teacher.page.getByRole("dialog");
    const shown = dialog.locator("dd").nth(1).locator(".credential");
    const before = await shown.innerText();
    await teacher.press(dialog.getByRole("button", { name: "Close" }));
    await teacher.press(pupil.getByRole("button", { name: /^New password/ }));
    await teacher.looksAt(className, "new-password-sure");
    await expect(dialog).toContainText("stops working at once");
    await teacher.press(dialog.getByRole("button", { name: "Give a new password" }));
    await expect(dialog.getByRole("status")).toContainText("has a new password");
    await teacher.looksAt(className, "new-password");
    const now = await shown.innerText();
    expect(now).not.toBe(before);
    await teacher.press(dialog.getByRole("link", { name: "print a new card" }));
    await teacher.sees("Login cards", "teachers-cards");
    await teacher.press(teacher.button("Show the cards"));
    await expect(teacher.page.locator(".card")).toHaveCount(1);
    await expect(teacher.page.locator(".card")).toContainText(username);

    const tablet = await browser.newContext(TABLET);
    const onTablet = await tablet.newPage();
    const child = new Walk(onTablet, mouse(onTablet));
    await child.page.goto(`/sch/${school.slug}`);
    await child.page.getByLabel("Username").fill(username);
    await child.page.getByRole("button", { name: "Continue" }).tap();
    if (/^\d+$/.test(now)) {
      for (const digit of now) await child.button(PICTURES[Number(digit)]!).tap();
    } else {
      await child.page.getByLabel("Password").fill(now);
      await child.page.getByRole("button", { name: "Sign in" }).tap();
    }
    await child.sees(/^Hello/);
    await tablet.close();
  });

  test(by("a member of staff who has forgotten their password sets another, and changes it"), async ({ page, browser }) => {
    const school = await aSchool();
    const admin = await admins(page, school, handsOf(page));
    const { teacher, email } = await aTeacher(browser, admin, school, handsOf);
    await teacher.signsOut();
    await teacher.press(teacher.link("Forgotten your password?"));
    await teacher.sees("Forgotten your password?", "forgotten-password");
    await teacher.press(teacher.button("Send the link"));
    await expect(teacher.page.getByRole("alert")).toContainText("Enter your username or e-mail address");
    await teacher.hands.fill(teacher.field("Username or e-mail address"), email);
    await teacher.press(teacher.button("Send the link"));
    await expect(teacher.page.getByText("Look in your e-mail")).toBeVisible();
    await teacher.looksAt("Forgotten your password?", "forgotten-password-sent");

    await expect.poll(async () => (await messages(school)).filter(({ subject }) => subject.startsWith("Set a new")).length).toBe(1);
    await teacher.page.goto(await linkTo(school, email, /^Set a new password/));
    await teacher.hands.fill(teacher.field("New password"), ANOTHER);
    await teacher.press(teacher.button("Set password and sign in"));
    await teacher.sees(/^Hello/);

    await teacher.press(teacher.page.locator(".who-name"));
    await teacher.sees("Your account", "own-account");
    await teacher.hands.fill(teacher.field("Your current password"), "not this one");
    await teacher.hands.fill(teacher.field("New password"), PASSWORD);
    await teacher.press(teacher.button("Change password"));
    await expect(teacher.page.locator(".error-summary")).toContainText("This is not your password");
    await teacher.hands.fill(teacher.field("Your current password"), ANOTHER);
    await teacher.press(teacher.button("Change password"));
    await expect(teacher.page.getByText("Your password has been changed")).toBeVisible();
    await teacher.looksAt("Your account", "own-account-changed");
    await teacher.signsOut();
    await teacher.givesNameAndPassword(email, PASSWORD);
    await teacher.sees(/^Hello/);
  });

  test(by("a supply teacher who left is blocked, let in again, and moved to the trash"), async ({ page, browser }) => {
    const school = await aSchool();
    const admin = await admins(page, school, handsOf(page));
    const { teacher, email, name } = await aTeacher(browser, admin, school, handsOf);
    await admin.press(admin.link(name));
    await admin.sees(name, "staff-person");
    await admin.press(admin.button("Block sign-in now"));
    await admin.looksAt(name, "block");
    await admin.press(admin.page.getByRole("dialog").getByRole("button", { name: "Block sign-in" }));
    await expect(admin.page.getByText("has been signed out everywhere")).toBeVisible();
    await admin.looksAt(name, "blocked");

    await teacher.page.reload();
    await teacher.sees(/^Sign in to/);
    await teacher.givesNameAndPassword(email, PASSWORD);
    await expect(teacher.page.getByText("Your school has blocked this account")).toBeVisible();
    await teacher.looksAt(/^Sign in to/, "sign-in-blocked");

    await admin.press(admin.button("Let them sign in again"));
    await expect(admin.page.getByText("can sign in again, as before")).toBeVisible();
    await teacher.press(teacher.button("Sign in as someone else"));
    await teacher.givesNameAndPassword(email, PASSWORD);
    await teacher.sees(/^Hello/);

    await admin.press(admin.button("Move to the trash"));
    await expect(admin.page.getByRole("dialog")).toContainText("the next sync brings them back");
    await admin.looksAt(name, "to-the-trash");
    await admin.press(admin.page.getByRole("dialog").getByRole("button", { name: "Move to the trash" }));
    await expect(admin.page.getByText("is in the trash and can’t sign in")).toBeVisible();
    await admin.press(admin.button("Restore"));
    await expect(admin.page.getByText("can sign in again, with the same username")).toBeVisible();
  });
}

test("what is to be put right stands on the dashboard, and each line leads to exactly these people", async ({ page }) => {
  const school = await aSchool();
  const admin = await admins(page, school, mouse(page));
  const lines = admin.page.locator("section", { has: page.getByRole("heading", { name: "To put right" }) }).getByRole("link");
  await expect(lines.first()).toBeVisible();
  await admin.sees(school.name, "dashboard-to-put-right");
  const found = await lines.evaluateAll((links) => links.map((link) => ({ words: link.textContent!, href: link.getAttribute("href")! })));
  expect(found.some(({ words }) => words.includes("never signed in"))).toBe(true);
  expect(found.some(({ words }) => words.includes("not set a password yet"))).toBe(true);
  for (const { words, href } of found) {
    await admin.press(lines.filter({ hasText: words }));
    await expect(page).toHaveURL(href);
    const shown = page.locator(".paging span");
    await expect(shown).toHaveText(new RegExp(`(?:of |^)${words.match(/^\d+/)![0]}(?: shown)?$`));
    await admin.looksAt(/./);
    await page.goBack();
    await admin.sees(school.name);
  }
  await admin.press(lines.filter({ hasText: "never signed in" }));
  await expect(page.getByText("pupils who have never signed in")).toBeVisible();
  const pupil = page.getByRole("rowheader").nth(0).getByRole("link");
  await admin.press(pupil);
  await admin.press(admin.link("Pupils"));
  await expect(page.getByText("pupils who have never signed in")).toBeVisible();
  await admin.press(admin.link("Show everyone"));
  await expect(page.getByText("pupils who have never signed in")).toHaveCount(0);
});

test("a supply teacher who is not in the MIS is given a class, and sees its pupils", async ({ page, browser }) => {
  const school = await aSchool();
  const admin = await admins(page, school, mouse(page));
  await page.goto("/users/staff/new");
  await admin.hands.fill(admin.field("First name"), "Sunita");
  await admin.hands.fill(admin.field("Surname"), "Supply");
  await admin.hands.fill(admin.field("E-mail address"), `supply@${school.slug}.example`);
  await admin.hands.tick(admin.radio(/^Teacher/));
  await admin.press(admin.button("Add and send activation e-mail"));
  await expect(page.getByRole("heading", { level: 1 })).not.toHaveText("Add a member of staff");
  await page.goto("/users/staff?q=Sunita");
  await admin.press(admin.link("Sunita Supply"));
  await admin.sees("Sunita Supply");
  await admin.press(admin.button("Choose their classes"));
  const first = page.getByRole("group", { name: "Their classes and subject groups" }).getByRole("checkbox").first();
  await expect(first).toBeVisible();
  await admin.looksAt("Sunita Supply", "classes-of-staff");
  await admin.hands.tick(first);
  await admin.press(admin.button("Save classes"));
  await expect(page.getByText("The classes of Sunita Supply have been saved.")).toBeVisible();

  const context = await browser.newContext();
  const theirs = await context.newPage();
  const supply = new Walk(theirs, mouse(theirs));
  await supply.page.goto(await linkTo(school, `supply@${school.slug}.example`, /^Your/));
  await supply.page.getByLabel("New password").fill(PASSWORD);
  await supply.page.getByRole("button", { name: "Set password and sign in" }).click();
  await expect(supply.page.getByRole("table", { name: "Your classes" }).getByRole("row")).toHaveCount(2);
  await context.close();
});

test("an answer of the wizard that was not saved is there again after a reload and after going back", async ({ page }) => {
  const school = await makeSchool("connected", { pupils: 30, staff: 8, seed: 5 });
  const admin = await admins(page, school, mouse(page));
  await page.goto("/wizard/usernames/change");
  await admin.sees("Usernames");
  const full = page.getByRole("group", { name: "Pupils’ usernames" }).getByRole("radio", { name: /^Full name|JohnSmith/ }).first();
  await expect(full).not.toBeChecked();
  await admin.hands.tick(full);
  await page.reload();
  await admin.sees("Usernames");
  await expect(full).toBeChecked();
  await admin.press(admin.link("Back to the summary"));
  await admin.sees("What will happen");
  await page.goto("/wizard/usernames/change");
  await admin.sees("Usernames");
  await expect(full).toBeChecked();
  await admin.goesOn();
  await admin.sees("What will happen");
  await page.goto("/wizard/usernames/change");
  await admin.sees("Usernames");
  await expect(full).toBeChecked();
  expect(await page.evaluate(() => sessionStorage.getItem("rollcall.answers"))).toBeNull();
});
