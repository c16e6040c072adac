// Where the tests' own simulator, server and database are.
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const port = Number(process.env.E2E_PORT ?? 18080);
export const xodPort = Number(process.env.E2E_XOD_PORT ?? 18090);
export const rollcall = `http://localhost:${port}`;
export const simulator = `http://127.0.0.1:${xodPort}`;
export const folder = join(tmpdir(), `rollcall-end2end-${port}`);

const root = resolve(import.meta.dirname, "../..");
export const binaries = process.env.E2E_BINARIES ?? join(root, "target/debug");

/** The environment in which `rollcall` finds them. */
export const environment = {
  ...process.env,
  ROLLCALL_LISTEN: `127.0.0.1:${port}`,
  ROLLCALL_PUBLIC_URL: rollcall,
  ROLLCALL_DATABASE: `sqlite:${folder}/rollcall.db`,
  ROLLCALL_KEY_FILE: `${folder}/rollcall.key`,
  ROLLCALL_XOD_URL: simulator,
  ROLLCALL_APP_DIR: join(root, "target/app"),
};
