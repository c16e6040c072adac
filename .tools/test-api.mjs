// `make test-api`: asks a running server all that its document says can be asked, with thousands of
// odd requests (schemathesis), once as nobody and once as a school's admin. Fails if anything breaks,
// or is answered as the document does not say.
//
// EXAMPLES=200 asks more of each address, SEED=7 other things.
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { resolve } from "node:path";
import { end, ready, start } from "./common.mjs";

const [python] = process.argv.slice(2);
const examples = process.env.EXAMPLES ?? "25";
const seed = process.env.SEED ?? "1";
const folder = resolve("target/test-api");
const [rollcall, simulator] = ["rollcall", "xod-simulator"].map((name) => resolve("target/debug", name));
const ESTAB = "3281103";

/** These end what the others need: asked last, the one that ends the session after all others. */
const LAST = ["/api/connection/disconnect", "/api/sign-out"];
/** These ask Groupcall, and say with 502 that it would not or could not. */
const ASKS_GROUPCALL = ["/api/connection/invite", "/api/connection/check", "/api/people/{id}/from-mis", "/api/xod/callback"];

function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

const [web, xod] = [await freePort(), await freePort()];
const address = `http://localhost:${web}`;
rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true, mode: 0o700 });

const environment = {
  ...process.env,
  ROLLCALL_LISTEN: `127.0.0.1:${web}`,
  ROLLCALL_PUBLIC_URL: address,
  ROLLCALL_DATABASE: `sqlite:${folder}/rollcall.db`,
  ROLLCALL_KEY_FILE: `${folder}/rollcall.key`,
  ROLLCALL_XOD_URL: `http://127.0.0.1:${xod}`,
  RUST_LOG: process.env.RUST_LOG ?? "error",
};

start("The simulator", simulator, [
  ...["--listen", `127.0.0.1:${xod}`],
  ...["--callback", `${address}/api/xod/callback`],
  ...["--school", ESTAB, "--name", "Oakfield Primary School", "--pupils", "60", "--staff", "12", "--seed", "3"],
]);
await ready("The simulator", `http://127.0.0.1:${xod}/_simulator`);
const schools = `${folder}/schools.json`;
execFileSync(rollcall, ["demo", "--school", `connected:${ESTAB}`, "--out", schools], { env: environment, stdio: "inherit" });
start("The server", rollcall, ["serve"], { env: environment });
await ready("The server", `${address}/readyz`);

const [school] = JSON.parse(readFileSync(schools, "utf8")).schools;
const cookie = await signIn(school);
const [people, runs] = [await list("/api/people"), await list("/api/runs")];
writeFileSync(`${folder}/schemathesis.toml`, settings());

let failed = [];
const leftOut = LAST.flatMap((path) => ["--exclude-path", path]);
ask("as nobody", []);
ask("as an admin", ["--header", `Cookie: ${cookie}`, ...leftOut]);
for (const path of LAST) ask(`as an admin, ${path}`, ["--header", `Cookie: ${cookie}`, "--include-path", path]);
if (failed.length > 0) await end(1, `Failed: ${failed.join("; ")}. Once more with the same requests: make test-api SEED=${seed}`);
console.log("\nNothing broke, and every answer is one that the document knows.");
await end(0);

/** A session of the school's admin, who signs in once. */
async function signIn({ slug, email, password }) {
  const reply = await fetch(`${address}/api/schools/${slug}/sign-in`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Sec-Fetch-Site": "same-origin" },
    body: JSON.stringify({ username: email, password }),
  });
  if (!reply.ok) await end(1, `The admin could not sign in: ${await reply.text()}`);
  return reply.headers.getSetCookie().map((one) => one.split(";")[0]).join("; ");
}

/** The ids of what is in a list. */
async function list(path) {
  const reply = await fetch(address + path, { headers: { Cookie: cookie } });
  const body = await reply.json();
  return (body.rows ?? body).map((row) => row.id);
}

/** How schemathesis goes about it: with ids that there are, too, or it would see 404 only. */
function settings() {
  const text = (value) => JSON.stringify(value);
  return `
[dictionaries]
people = { values = ${text(people)} }
runs = { values = ${text(runs)} }

[generation]
with-security-parameters = false

[[operations]]
include-path-regex = "^/api/people/.id"
parameters = { "path.id" = { dictionary = "people", probability = 0.7 } }

[[operations]]
include-path-regex = "^/api/runs/.id"
parameters = { "path.id" = { dictionary = "runs", probability = 0.7 } }

[[operations]]
include-path = ${text(ASKS_GROUPCALL)}
[operations.checks]
not_a_server_error.expected-statuses = ["2xx", "4xx", 502]
`;
}

/** Asks; what is wrong is printed with a command that asks just that again. */
function ask(how, options) {
  console.log(`\n== Asking ${how}`);
  const { status } = spawnSync(
    python,
    [
      ...["-m", "schemathesis.cli"],
      ...["--config-file", `${folder}/schemathesis.toml`, "run", `${address}/api/openapi.json`],
      ...["--header", "Sec-Fetch-Site: same-origin"],
      ...["--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance"],
      ...["--phases", "examples,coverage,fuzzing", "--max-examples", examples, "--seed", seed],
      ...["--continue-on-failure", "--generation-database", "none", "--warnings", "off"],
      ...options,
    ],
    { stdio: "inherit", cwd: folder },
  );
  if (status !== 0) failed.push(how);
}
