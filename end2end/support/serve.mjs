// Starts the tests' simulator and server on an empty folder, until stopped.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { needFreePorts, ready, start } from "../../.tools/common.mjs";
import { binaries, environment, folder, port, simulator, xodPort } from "./stack.mjs";

await needFreePorts({ E2E_PORT: port, E2E_XOD_PORT: xodPort });
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true, mode: 0o700 });

start("The simulator", join(binaries, "xod-simulator"), [
  ...["--listen", `127.0.0.1:${xodPort}`],
  ...["--callback", `http://127.0.0.1:${port}/api/xod/callback`],
]);
await ready("The simulator", `${simulator}/_simulator`);
start("The server", join(binaries, "rollcall"), ["serve"], { env: environment });
