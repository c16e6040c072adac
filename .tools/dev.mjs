// `make dev`: trunk serve with hot reload on PORT, the API proxied to a debug server on PORT + 1
// that is rebuilt and restarted when its sources change, and the simulator on XOD_PORT.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, watch } from "node:fs";
import { resolve } from "node:path";
import { end, needFreePort, port, ready, start, stop } from "./common.mjs";

const [web, xod] = [port("PORT"), port("XOD_PORT")];
const api = web + 1;
const data = resolve(".data/dev");
const address = `http://localhost:${web}`;
const simulator = `http://127.0.0.1:${xod}`;

for (const [number, variable] of [[web, "PORT"], [api, "PORT"], [xod, "XOD_PORT"]]) {
  await needFreePort(number, variable);
}
mkdirSync(data, { recursive: true, mode: 0o700 });

const environment = {
  ...process.env,
  ROLLCALL_LISTEN: `127.0.0.1:${api}`,
  ROLLCALL_PUBLIC_URL: address,
  ROLLCALL_DATABASE: `sqlite:${data}/rollcall.db`,
  ROLLCALL_KEY_FILE: `${data}/rollcall.key`,
  ROLLCALL_XOD_URL: simulator,
};
const build = () => spawnSync("cargo", ["build", "-p", "rollcall-server", "-p", "xod-simulator"], { stdio: "inherit" }).status === 0;

if (!build()) await end(1, "The server does not compile.");
start("The simulator", resolve("target/debug/xod-simulator"), [
  ...["--listen", `127.0.0.1:${xod}`],
  ...["--callback", `http://127.0.0.1:${api}/api/xod/callback`],
  ...["--state", `${data}/simulator.json`],
  ...["--school", "3281101", "--name", "Hillcrest Primary School", "--pupils", "210", "--staff", "28", "--seed", "11", "--unconnected", "--new-to-xod"],
  ...["--school", "3281102", "--name", "Waterside Primary School", "--pupils", "180", "--staff", "24", "--seed", "7", "--unconnected"],
  ...["--school", "3281103", "--name", "Oakfield Primary School", "--pupils", "420", "--staff", "46", "--seed", "3"],
]);
await ready("The simulator", `${simulator}/_simulator`);
const schoolsFile = `${data}/schools.json`;
if (!existsSync(schoolsFile)) {
  execFileSync("target/debug/rollcall", ["demo", "--out", schoolsFile], { env: environment, stdio: "inherit" });
}

const serve = () => start("The server", resolve("target/debug/rollcall"), ["serve"], { env: environment });
let server = serve();
let timer;
let building = false;
async function rebuild() {
  if (building) return changed();
  building = true;
  console.log("== The server's sources changed: building");
  if (build()) {
    await stop(server);
    server = serve();
  } else {
    console.log("== It does not compile; the old server keeps running");
  }
  building = false;
}
function changed() {
  clearTimeout(timer);
  timer = setTimeout(rebuild, 300);
}
for (const folder of ["server/src", "server/migrations", "shared/src", "end2end/simulator/src"]) {
  if (existsSync(folder)) watch(folder, { recursive: true }, changed);
}

start("trunk", "trunk", [
  ...["serve", "--offline", "--address", "127.0.0.1", "--port", String(web)],
  ...["--dist", resolve("target/app-dev"), "--proxy-backend", `http://127.0.0.1:${api}/api`],
], { cwd: "app" });
console.log("== Building the app for development (some minutes the first time)");
await ready("trunk", `${address}/`, 1_200);
console.log(`\n  Rollcall (hot reload): ${address}   accounts: ${schoolsFile}\n  The XoD simulator:     ${simulator}/_simulator\n`);
