// `make dev`: the app on PORT, which a change of a style sheet reaches at once, any other when it has
// been built; the API, from a debug server on PORT + 1 that is rebuilt and restarted when its sources
// change; and the simulator on XOD_PORT.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { end, needFreePorts, onChange, port, ready, start, stop, succeeds } from "./common.mjs";
import { front } from "./front.mjs";

const [web, xod] = [port("PORT"), port("XOD_PORT")];
const api = web + 1;
const data = resolve(".data/dev");
const address = `http://localhost:${web}`;
const simulator = `http://127.0.0.1:${xod}`;

await needFreePorts({ PORT: web, "PORT+1": api, XOD_PORT: xod });
mkdirSync(data, { recursive: true, mode: 0o700 });

const environment = {
  ...process.env,
  ROLLCALL_LISTEN: `127.0.0.1:${api}`,
  ROLLCALL_PUBLIC_URL: address,
  ROLLCALL_DATABASE: `sqlite:${data}/rollcall.db`,
  ROLLCALL_KEY_FILE: `${data}/rollcall.key`,
  ROLLCALL_XOD_URL: simulator,
};
const buildServer = () => succeeds("cargo", ["build", "-p", "rollcall-server", "-p", "xod-simulator"]);

if (!(await buildServer())) await end(1, "The server does not compile.");
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
onChange(["server/src", "server/engine/src", "server/store", "server/xod/src", "shared/src", "end2end/simulator/src"], async () => {
  console.log("== The server's sources changed: building");
  if (await buildServer()) {
    await stop(server);
    server = serve();
  } else {
    console.log("== It does not compile; the old server keeps running");
  }
});

// In one piece: taking the areas apart is for release (build-app.mjs).
const app = resolve("target/app-dev");
const buildApp = async () =>
  (await succeeds("cargo", ["build", "-p", "rollcall-app", "--target", "wasm32-unknown-unknown", "--profile", "wasm-dev"])) &&
  (await succeeds("wasm-bindgen", [
    ...["--target", "web", "--no-typescript", "--out-dir", app, "--out-name", "app"],
    "target/wasm32-unknown-unknown/wasm-dev/rollcall-app.wasm",
  ]));
console.log("== Building the app for development (some minutes the first time)");
if (!(await buildApp())) await end(1, "The app does not compile.");
const pages = await front(web, { app, api });
onChange(["app/src", "app/index.html", "app/pictures", "shared/src"], async () => {
  console.log("== The app changed: building");
  if (await buildApp()) pages.reload();
  else console.log("== It does not compile; the old app stays");
});
console.log(`\n  Rollcall (hot reload): ${address}   accounts: ${schoolsFile}\n  The XoD simulator:     ${simulator}/_simulator\n`);
