// size.mjs [--check]: prints what has to be fetched, compressed with brotli, for a sign-in, for the
// admin's first page, and for each area of the app; with --check, fails where one is more than 3 % over
// its record in app/size.json.
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fail } from "./common.mjs";

const APP = "target/app";
const RECORDS = "app/size.json";
const ALLOWANCE = 1.03;

const html = readFileSync(join(APP, "index.html"), "utf8");
const areas = JSON.parse(readFileSync("target/app-parts/areas.json", "utf8"));
const size = (path) => (existsSync(path) ? statSync(path).size : 0);
const sum = (files) => files.reduce((total, file) => total + size(join(APP, `${file}.br`)), 0);
const parts = new Set(Object.values(areas).flat());
const first = ["index.html", ...readdirSync(APP).filter((name) => /\.(css|js|wasm)$/.test(name) && html.includes(name) && !parts.has(`/${name}`))];

const sizes = { "sign-in": sum(first), dashboard: sum([...first, ...areas.start]), pupil: sum(areas.home) };
const seen = new Set(areas.start);
for (const area of Object.keys(areas).filter((area) => !["start", "home"].includes(area)).sort()) {
  sizes[area] = sum(areas[area].filter((file) => !seen.has(file)));
}
if (sizes["sign-in"] === 0) fail("Nothing is compressed: build the app with `make app` first.");

const records = JSON.parse(readFileSync(RECORDS, "utf8"));
const notes = { "sign-in": "page, style sheet, scripts and app", dashboard: "in all", pupil: "after signing in, more" };
console.log(`${"What has to be fetched, in bytes of brotli".padEnd(50)}${"now".padStart(9)}${"record".padStart(9)}`);
for (const [name, bytes] of Object.entries(sizes)) {
  const what = `${name} (${notes[name] ?? "after the dashboard, more"})`;
  console.log(`${what.padEnd(50)}${String(bytes).padStart(9)}${String(records[name] ?? "none").padStart(9)}`);
}
if (process.argv.includes("--check")) {
  const over = Object.entries(sizes).filter(([name, bytes]) => !(bytes <= Math.floor(records[name] * ALLOWANCE)));
  if (over.length > 0) {
    fail(`More than 3 % over its record in ${RECORDS}: ${over.map(([name]) => name).join(", ")}.\nMake it smaller, or raise the record in a commit that says why.`);
  }
  console.log("All are within 3 % of their records.");
}
