// `make run`: the simulator, the server on SQLite, three demo schools, and one clear block of what
// is where.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { resolve } from "node:path";
import { end, needFreePorts, port, ready, start } from "./common.mjs";

const [web, xod] = [port("PORT"), port("XOD_PORT")];
const data = resolve(".data");
const schoolsFile = `${data}/schools.json`;
const address = `http://localhost:${web}`;
const simulator = `http://127.0.0.1:${xod}`;

await needFreePorts({ PORT: web, XOD_PORT: xod });

const isHalfMade = existsSync(data) && !existsSync(schoolsFile);
if (process.env.FRESH || isHalfMade) rmSync(data, { recursive: true, force: true });
mkdirSync(data, { recursive: true, mode: 0o700 });

const environment = {
  ...process.env,
  ROLLCALL_LISTEN: `127.0.0.1:${web}`,
  ROLLCALL_PUBLIC_URL: address,
  ROLLCALL_DATABASE: `sqlite:${data}/rollcall.db`,
  ROLLCALL_KEY_FILE: `${data}/rollcall.key`,
  ROLLCALL_XOD_URL: simulator,
  ROLLCALL_APP_DIR: resolve("target/app"),
};
const rollcall = resolve("target/release/rollcall");

start("The simulator", resolve("target/release/xod-simulator"), [
  ...["--listen", `127.0.0.1:${xod}`],
  ...["--callback", `http://127.0.0.1:${web}/api/xod/callback`],
  ...["--state", `${data}/simulator.json`],
  ...["--school", "3281101", "--name", "Hillcrest Primary School", "--pupils", "210", "--staff", "28", "--seed", "11", "--unconnected", "--new-to-xod"],
  ...["--school", "3281102", "--name", "Waterside Primary School", "--pupils", "180", "--staff", "24", "--seed", "7", "--unconnected"],
  ...["--school", "3281103", "--name", "Oakfield Primary School", "--pupils", "420", "--staff", "46", "--seed", "3"],
]);
await ready("The simulator", `${simulator}/_simulator`);

if (!existsSync(schoolsFile)) {
  console.log("== Making the demo schools");
  try {
    execFileSync(rollcall, ["demo", "--out", schoolsFile], { env: environment, stdio: "inherit" });
  } catch {
    await end(1, "The demo schools could not be made.");
  }
}
start("The server", rollcall, ["serve"], { env: environment });
await ready("The server", `${address}/api/platform`);

const line = "─".repeat(76);
const schools = JSON.parse(readFileSync(schoolsFile, "utf8")).schools;
console.log(`\n${line}\n  Rollcall is running: open ${address}\n${line}`);
for (const school of schools) {
  console.log(`  ${school.name} (${school.about})`);
  console.log(`      address   ${address}/sch/${school.slug}`);
  console.log(`      admin     ${school.email}`);
  console.log(`      password  ${school.password}\n`);
}
console.log(`  The XoD simulator (consent pages, what Groupcall e-mails): ${simulator}/_simulator`);
console.log(`  Messages that Rollcall would e-mail:                       ${address}/messages`);
console.log(`  The data lies in ${data} (start over with: make run FRESH=1)`);
console.log(`  Ctrl-C stops everything.\n${line}\n`);
