// `make bench-growth`: what a night costs in which nothing has changed. Schools of 261 people on one
// PostgreSQL, synced again and again; how much the database grows by per school and night.
// GROWTH_SCHOOLS=200 GROWTH_NIGHTS=30 are the figures of docs/OPERATING.md.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { end, fail, ready, start } from "./common.mjs";

const LIMIT = 2_048;
const schools = Number(process.env.GROWTH_SCHOOLS ?? 20);
const nights = Number(process.env.GROWTH_NIGHTS ?? 30);
const postgres = process.env.ROLLCALL_TEST_POSTGRES ?? fail("Run it with: make bench-growth");
const database = postgres.replace(/\/[^/]*$/, "/growth");
const [web, xod] = [18_980, 18_981];
const folder = mkdtempSync(join(tmpdir(), "rollcall-growth-"));
const env = {
  ...process.env,
  ROLLCALL_DATABASE: database,
  ROLLCALL_KEY_FILE: join(folder, "rollcall.key"),
  ROLLCALL_XOD_URL: `http://127.0.0.1:${xod}`,
  ROLLCALL_LISTEN: `127.0.0.1:${web}`,
  ROLLCALL_PUBLIC_URL: `http://127.0.0.1:${web}`,
  RUST_LOG: "error",
};

async function run(program, args, input = "") {
  const running = promisify(execFile)(program, args, { env, maxBuffer: 1 << 28 });
  running.child.stdin.end(input);
  return (await running).stdout;
}

const rollcall = (args, input) => run(resolve("target/release/rollcall"), args, input);
const sql = async (address, text) => (await run("psql", ["-qtAX", address, "-c", text])).trim();

/** The size of the database once what is dead has been made room of. */
async function size() {
  await sql(database, "VACUUM");
  return Number(await sql(database, "SELECT pg_database_size(current_database())"));
}

/** The size of each table with its indexes. */
async function sizes() {
  const rows = await sql(database, `SELECT relname || ' ' || pg_total_relation_size(oid) FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`);
  return new Map(rows.split("\n").map((row) => row.split(" ")));
}

/** What one run keeps, by table: bytes of its rows. */
const ofOneRun = (school) =>
  sql(database, `
    WITH last AS (SELECT r.* FROM runs r JOIN schools s ON s.id = r.school_id
      WHERE s.estab = '${school}' ORDER BY r.created_at DESC LIMIT 1)
    SELECT 'runs ' || sum(pg_column_size(last.*)) || ', people ' ||
      (SELECT count(*) FROM run_people p JOIN last ON p.run_id = last.id) || ', classes ' ||
      (SELECT count(*) FROM run_classes c JOIN last ON c.run_id = last.id) || ', reading ' ||
      (SELECT pg_column_size(m.*) FROM mis_reads m JOIN last ON m.school_id = last.school_id ORDER BY m.at DESC LIMIT 1)
    FROM last`);

await sql(postgres, "DROP DATABASE IF EXISTS growth WITH (FORCE)");
await sql(postgres, "CREATE DATABASE growth");
await rollcall(["keys", "new"]);
const estabs = Array.from({ length: schools }, (_, number) => String(3_000_000 + number));
start("The simulator", resolve("target/release/xod-simulator"), [
  ...["--listen", `127.0.0.1:${xod}`],
  ...estabs.flatMap((estab, number) => ["--school", estab, "--pupils", "235", "--staff", "26", "--seed", String(number + 1)]),
], { env });
await ready("The simulator", `http://127.0.0.1:${xod}/_simulator`);
const secrets = await fetch(`http://127.0.0.1:${xod}/_simulator/secrets`).then((reply) => reply.json());

/** Two at a time, as many as there are cores. */
async function forAll(work) {
  const left = [...estabs];
  await Promise.all([1, 2].map(async () => {
    for (let estab = left.pop(); estab; estab = left.pop()) await work(estab);
  }));
}

const sync = (estab) => rollcall(["sync", "--estab", estab, "--accept-suggestions", "--json"]);
await forAll(async (estab) => {
  await rollcall(["school", "add", "--estab", estab, "--name", `Growth Primary ${estab}`]);
  await rollcall(["school", "connect", "--estab", estab, "--secret", "-"], secrets[estab]);
  await sync(estab);
});
// The first night finds its place: rows that are written again each night leave room for the next.
await forAll(sync);
const before = await size();
const tablesBefore = await sizes();
for (let night = 1; night <= nights; night++) {
  await forAll(sync);
  // Of itself PostgreSQL does it once a minute, where there is enough to do; the nights here are seconds
  // apart.
  await sql(database, "VACUUM");
  if (night % 10 === 0 || night === nights) {
    const each = ((await size()) - before) / schools / night;
    console.log(`after ${night} nights of ${schools} schools: ${Math.round(each)} bytes per school and night`);
  }
}
const grown = [...(await sizes())].map(([name, bytes]) => [name, (bytes - tablesBefore.get(name)) / schools / nights]);
const most = grown.filter(([, bytes]) => bytes > 1).sort(([, a], [, b]) => b - a);
console.log(`by table: ${most.map(([name, bytes]) => `${name} ${Math.round(bytes)}`).join(", ")}`);
console.log(`of one run: ${await ofOneRun(estabs[0])}`);
const each = ((await size()) - before) / schools / nights;
rmSync(folder, { recursive: true, force: true });
await end(each > LIMIT ? 1 : 0, each > LIMIT ? `More than ${LIMIT} bytes per school and night.` : undefined);
