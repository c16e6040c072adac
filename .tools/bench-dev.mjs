// `make bench-dev`: how long a front-end developer waits. Edits a style sheet and a page's text, and
// looks in a real browser until the change is there. Uses the `make dev` that runs on PORT, or starts
// one. The files are put back as they were, also when it fails. ROUNDS=1 takes each time once.
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { chromium } from "../end2end/node_modules/@playwright/test/index.mjs";
import { end, port, ready, start } from "./common.mjs";

const ROUNDS = Number(process.env.ROUNDS ?? 5);
const address = `http://localhost:${port("PORT")}/`;

/** What is edited: how a round's edit looks in the file, and whether the page shows it. */
const EDITS = [
  {
    name: "style sheet",
    file: resolve("style/base.css"),
    edited: (text, round) => text.replace("h1 {", `h1 {\n    word-spacing: ${round}px;`),
    isSeen: (round) => getComputedStyle(document.querySelector("h1")).wordSpacing === `${round}px`,
  },
  {
    name: "page's text",
    file: resolve("app/src/pages/find_school.rs"),
    edited: (text, round) => text.replaceAll("Find your school", `Find your school, ${round}`),
    isSeen: (round) => document.querySelector("h1")?.textContent === `Find your school, ${round}`,
  },
];

for (const edit of EDITS) edit.original = readFileSync(edit.file, "utf8");
process.on("exit", () => {
  for (const { file, original } of EDITS) {
    if (readFileSync(file, "utf8") !== original) writeFileSync(file, original);
  }
});

const isRunning = await fetch(address).then(() => true, () => false);
if (!isRunning) start("make dev", process.execPath, [resolve(".tools/dev.mjs")]);
await ready("make dev", address, 1_200);

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const failure = await measure(await browser.newPage()).catch((error) => error);
await browser.close();
await end(failure ? 1 : 0, failure?.message);

async function measure(page) {
  await page.goto(address);
  await page.getByRole("button", { name: "Find your school" }).waitFor();
  console.log(`\nSeconds until the browser shows it${EDITS.map(({ name }) => name.padStart(14)).join("")}`);
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const edit of EDITS) edit.times = [...(edit.times ?? []), await time(page, edit, round)];
    print(`round ${round}`, (times) => times.at(-1));
  }
  print("best", (times) => Math.min(...times));
}

async function time(page, { file, original, edited, isSeen }, round) {
  writeFileSync(file, edited(original, round));
  const began = performance.now();
  await page.waitForFunction(isSeen, round, { timeout: 300_000 });
  return (performance.now() - began) / 1_000;
}

function print(label, figure) {
  console.log(label.padEnd(34) + EDITS.map(({ times }) => figure(times).toFixed(2).padStart(14)).join(""));
}
