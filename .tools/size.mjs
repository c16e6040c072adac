// size.mjs [--check]: prints the app's first load; with --check, fails when its brotli size is more
// than 3 % over the record in app/size.json.
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const APP = "target/app";
const RECORD = "app/size.json";
const ALLOWANCE = 1.03;

const html = readFileSync(join(APP, "index.html"), "utf8");
// The first load is the page itself and what it names.
const files = ["index.html", ...readdirSync(APP).filter((name) => /\.(css|js|wasm)$/.test(name) && html.includes(name))];
const size = (path) => (existsSync(path) ? statSync(path).size : 0);
const rows = files.map((name) => {
  const path = join(APP, name);
  return { name, raw: size(path), gzip: size(`${path}.gz`), brotli: size(`${path}.br`) };
});
const total = rows.reduce(
  (sum, row) => ({ name: "in all", raw: sum.raw + row.raw, gzip: sum.gzip + row.gzip, brotli: sum.brotli + row.brotli }),
  { raw: 0, gzip: 0, brotli: 0 },
);
const cell = (text, width) => String(text).padStart(width);
console.log(`${"The app's first load (bytes)".padEnd(44)}${cell("raw", 10)}${cell("gzip", 10)}${cell("brotli", 10)}`);
for (const row of [...rows, total]) {
  console.log(`${row.name.padEnd(44)}${cell(row.raw, 10)}${cell(row.gzip, 10)}${cell(row.brotli, 10)}`);
}
if (total.brotli === 0) {
  console.error("Nothing is compressed: build the app with `make app` first.");
  process.exit(1);
}
if (process.argv.includes("--check")) {
  const record = JSON.parse(readFileSync(RECORD, "utf8")).brotli;
  const limit = Math.floor(record * ALLOWANCE);
  if (total.brotli > limit) {
    console.error(`${total.brotli} bytes are over the limit of ${limit} (the record of ${record} in ${RECORD}, and 3 %).`);
    console.error("Make the app smaller, or raise the record in a commit that says why.");
    process.exit(1);
  }
  console.log(`Within the limit of ${limit} (the record is ${record}).`);
}
