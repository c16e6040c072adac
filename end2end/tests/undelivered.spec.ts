// An activation e-mail that does not arrive: it is said where an admin looks, the address is put right,
// and the link is sent again.
import { expect, test, type Locator } from "@playwright/test";
import { mouse } from "../support/hands";
import { Mailbox } from "../support/mailbox";
import { OwnServer } from "../support/own-server";
import { makeSchool } from "../support/school";
import { Walk } from "../support/walk";

const MISTYPED = "nora.nutall@shcool.example";
const RIGHT = "nora.nutall@school.example";
const OTHER = "sam.supply@school.example";

async function adds(walk: Walk, forename: string, surname: string, email: string): Promise<void> {
  await walk.page.goto("/users/staff/new");
  await walk.hands.fill(walk.field("First name"), forename);
  await walk.hands.fill(walk.field("Surname"), surname);
  await walk.hands.fill(walk.field("E-mail address"), email);
  await walk.press(walk.button("Add and send activation e-mail"));
  await walk.sees(`${forename} ${surname} has been added`);
}

/** Looks again until something is there: e-mails are sent beside the page. */
const comesTo = (walk: Walk, seen: Locator) =>
  expect(async () => {
    await walk.page.reload();
    await expect(walk.page.locator(".loading:visible")).toHaveCount(0);
    await expect(seen).toBeVisible({ timeout: 500 });
  }).toPass();

test("an e-mail is refused, the address is put right, and the link is sent again", async ({ browser }) => {
  const mailbox = await Mailbox.open();
  mailbox.refuse(MISTYPED);
  const server = await OwnServer.place(test.info().outputPath("server"), {
    ROLLCALL_SMTP_URL: mailbox.url,
    ROLLCALL_MAIL_FROM: "noreply@rollcall.example",
  });
  const school = await makeSchool("new", { pupils: 30, staff: 6, seed: 61 }, server.environment);
  await server.start();
  try {
    const page = await (await browser.newContext({ baseURL: server.url })).newPage();
    const walk = new Walk(page, mouse(page));
    await walk.signsIn(school, school.email, school.password);
    await walk.sees(school.name);
    await adds(walk, "Sam", "Supply", OTHER);
    await adds(walk, "Nora", "Nutall", MISTYPED);

    await test.step("the dashboard says whom no e-mail reached", async () => {
      await page.goto("/dashboard");
      await comesTo(walk, page.getByText("Activation e-mails were not delivered"));
      await walk.sees(school.name, "dashboard-undelivered");
      await expect(page.getByText(/^1 member of staff can’t set a password yet/)).toBeVisible();
    });

    await test.step("the list has those people, and why", async () => {
      await walk.press(walk.link("See these people"));
      await walk.sees("Staff", "staff-undelivered");
      await expect(page.getByRole("row")).toHaveCount(2);
      await expect(page.getByRole("row", { name: /Nora Nutall/ })).toContainText("Not delivered: address refused");
      await walk.press(walk.link("Show everyone"));
      await expect(page.getByRole("row", { name: /Sam Supply/ })).toContainText("E-mail sent");
      await walk.sees("Staff", "staff-all");
    });

    await test.step("the person’s page says what to do, and a corrected address is written to", async () => {
      await walk.press(walk.link("Nora Nutall"));
      await walk.sees("Nora Nutall", "person-undelivered");
      await expect(page.getByText("The mail server does not accept e-mail for this address")).toBeVisible();
      await walk.press(walk.button("Edit"));
      await walk.sees("Edit Nora Nutall", "person-edit-undelivered");
      await walk.hands.fill(walk.field("E-mail address"), RIGHT);
      await walk.press(walk.button("Save changes"));
      await expect(page.getByText(/A new activation e-mail is on its way to the new address/)).toBeVisible();
      await expect.poll(() => mailbox.taken).toEqual([OTHER, RIGHT]);
      await comesTo(walk, page.getByText("E-mail sent"));
      await walk.sees("Nora Nutall", "person-delivered");
    });

    await test.step("sent again, the link goes to the address that is theirs now", async () => {
      await walk.press(walk.button("Send activation e-mail again"));
      await expect(page.getByText("A new activation e-mail is on its way to Nora Nutall.")).toBeVisible();
      await expect.poll(() => mailbox.taken).toEqual([OTHER, RIGHT, RIGHT]);
    });

    await test.step("nothing is said on the dashboard any more, and nobody is written to twice in an hour", async () => {
      await page.goto("/dashboard");
      await walk.sees(school.name, "dashboard-delivered");
      await expect(page.getByText("Activation e-mails were not delivered")).toHaveCount(0);
      await walk.press(walk.button("Send activation e-mail again to all staff without a password"));
      await expect(page.getByText(/2 people were sent one within the last hour/)).toBeVisible();
      await walk.sees(school.name, "dashboard-sent-to-all");
      expect(mailbox.taken).toEqual([OTHER, RIGHT, RIGHT]);
    });
  } finally {
    await server.kill();
    mailbox.close();
  }
});
