// `make bench`: how long a sync takes, and what it needs. The real programs, each a process of its
// own and measured from outside, on both engines with every write safe on disk. Prints a table,
// writes target/bench.json, and ends with a failure if a target is missed.
//
// BENCH_SIZES=450,1080 measures schools of other sizes; BENCH_ROUNDS=1 takes each figure once,
// instead of the best of three.
import { execFile, execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, release, tmpdir, totalmem } from "node:os";
import { join, resolve } from "node:path";
import { performance } from "node:perf_hooks";
import { end, fail, freePort, ready, start, stop } from "./common.mjs";

const ESTAB = "3281102";
const EMAIL = "head@bench.example";
const PASSWORD = "four-quiet-otters-measure";
const [rollcall, simulator] = ["rollcall", "xod-simulator"].map((name) => resolve("target/release", name));

const sizes = numbers("BENCH_SIZES", "450,1080,5400,20000");
const [rounds] = numbers("BENCH_ROUNDS", "3");
const postgres = process.env.ROLLCALL_TEST_POSTGRES ?? fail("Run it with: make bench");

/** Seconds that planning and applying together may take, by the people of the school. */
const LIMITS = { 1080: 0.5, 5400: 1.5, 20000: 5 };
const UNCHANGED_LIMITS = { ...LIMITS, 20000: 1.5 };
const MEMORY_LIMIT = 200;
/** Of the time per person at the larger size to that at the smaller. */
const GROWTH = { from: 1080, to: 20000, limit: 1.3, steps: ["first sync", "rollover", "undo"] };
/** Milliseconds in which a page of the largest school answers. */
const PAGE_LIMIT = 60;
const PAGE_SIZE_LIMITED = 20000;
/** Seconds that planning 100,000 people may take. */
const PLANNER_LIMIT = 1;

function numbers(variable, usual) {
  return (process.env[variable] ?? usual).split(",").map((text) => {
    const number = Number(text);
    return Number.isInteger(number) && number > 0 ? number : fail(`${variable} has to be numbers such as ${usual}.`);
  });
}

/** Runs a program to its end and answers with what it printed. */
function run(program, args, options = {}, input = "") {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { maxBuffer: 1 << 28, ...options }, (error, stdout, stderr) =>
      error ? reject(new Error(`${program} ${args.join(" ")}: ${error.message}\n${stderr}`)) : resolve(stdout));
    child.stdin.end(input);
  });
}

const sql = async (address, text) => (await run("psql", ["-qtAX", address, "-c", text])).trim();

const ENGINES = {
  SQLite: {
    database: async (folder) => `sqlite:${folder}/rollcall.db`,
    rows: async () => undefined,
    drop: async () => {},
  },
  PostgreSQL: {
    database: async () => {
      await sql(postgres, "CREATE DATABASE bench");
      return postgres.replace(/\/[^/]*$/, "/bench");
    },
    // Both engines are sent the same statements; PostgreSQL counts what they wrote.
    rows: async (address) =>
      Number(await sql(address, "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables")),
    drop: async () => sql(postgres, "DROP DATABASE IF EXISTS bench WITH (FORCE)"),
  },
};

/** A school in a database of its own, with its MIS. */
class Office {
  static async open(engine, people) {
    const office = new Office();
    office.engine = ENGINES[engine];
    office.folder = mkdtempSync(join(tmpdir(), "rollcall-bench-"));
    await office.engine.drop();
    const [xod, web] = [await freePort(), await freePort()];
    office.xod = `http://127.0.0.1:${xod}`;
    office.web = `http://127.0.0.1:${web}`;
    office.environment = {
      ...process.env,
      ROLLCALL_DATABASE: await office.engine.database(office.folder),
      ROLLCALL_KEY_FILE: `${office.folder}/rollcall.key`,
      ROLLCALL_XOD_URL: office.xod,
      ROLLCALL_LISTEN: `127.0.0.1:${web}`,
      ROLLCALL_PUBLIC_URL: office.web,
      RUST_LOG: "warn",
    };
    await office.rollcall(["keys", "new"]);
    const staff = Math.round(people / 10);
    office.simulator = start("The simulator", simulator, [
      ...["--listen", `127.0.0.1:${xod}`],
      ...["--school", ESTAB, "--pupils", String(people - staff), "--staff", String(staff), "--seed", "7"],
    ], { env: office.environment });
    await ready("The simulator", `${office.xod}/_simulator`);
    await office.rollcall(["school", "add", "--estab", ESTAB, "--name", "Bench Primary"]);
    const secrets = await fetch(`${office.xod}/_simulator/secrets`).then((reply) => reply.json());
    await office.rollcall(["school", "connect", "--estab", ESTAB, "--secret", "-"], secrets[ESTAB]);
    return office;
  }

  rollcall(args, input) {
    return run(rollcall, args, { env: this.environment }, input);
  }

  /** Runs the program with JSON as its answer, measured from outside. */
  async measure(args) {
    const figures = `${this.folder}/time`;
    const before = await this.engine.rows(this.environment.ROLLCALL_DATABASE);
    const began = performance.now();
    const answer = await run("time", ["-f", "%U %S %M", "-o", figures, rollcall, ...args, "--json"], { env: this.environment });
    const wall = (performance.now() - began) / 1_000;
    const [user, system, kilobytes] = readFileSync(figures, "utf8").trim().split(" ").map(Number);
    const after = await this.engine.rows(this.environment.ROLLCALL_DATABASE);
    const { timings, ...report } = JSON.parse(answer);
    const rows = after === undefined ? undefined : after - before;
    return { wall, cpu: user + system, memory: kilobytes / 1_024, rows, ...timings, report };
  }

  async advanceYear() {
    const reply = await fetch(`${this.xod}/_simulator/schools/${ESTAB}/advance-year`, {
      method: "POST",
      headers: { accept: "application/json" },
    });
    if (!reply.ok) throw new Error(`The simulator answered ${reply.status} to advance-year.`);
  }

  /** How long the pages of people take to answer, through the real server. */
  async pages() {
    await this.rollcall(["admin", "add", "--estab", ESTAB, "--email", EMAIL, "--password-stdin"], PASSWORD);
    const server = start("The server", rollcall, ["serve"], { env: this.environment });
    await ready("The server", `${this.web}/api/platform`);
    const [school] = await fetch(`${this.web}/api/schools?q=${ESTAB}`).then((reply) => reply.json());
    const signedIn = await fetch(`${this.web}/api/schools/${school.slug}/sign-in`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: this.web },
      body: JSON.stringify({ username: EMAIL, password: PASSWORD }),
    });
    if (!signedIn.ok) throw new Error(`Sign-in answered ${signedIn.status}.`);
    const cookie = signedIn.headers.get("set-cookie").split(";")[0];
    const get = async (path) => {
      const reply = await fetch(`${this.web}${path}`, { headers: { cookie } });
      if (!reply.ok) throw new Error(`${path} answered ${reply.status}.`);
      return reply.json();
    };
    const [latest] = await get("/api/runs");
    const summary = `/api/runs/${latest.id}/summary`;
    const lists = ["/api/people?", "/api/people?kind=pupil", "/api/people?kind=staff", "/api/people?trash=true"];
    const ofTheRun = `/api/runs/${latest.id}/people?`;
    lists.push(ofTheRun, `${ofTheRun}warnings=true`);
    for (const list of PLAN_LISTS) lists.push(`${ofTheRun}list=${list}`);
    const paths = ["/api/dashboard", "/api/classes", summary];
    for (const list of lists) {
      const { total, page_size } = await get(list);
      if (total === 0) continue;
      paths.push(list, `${list}&page=${Math.ceil(total / page_size)}`, `${list}&q=smi`, `${list}&q=nobody of this name`);
    }
    const pages = [];
    for (const path of paths) pages.push({ path: path.replace(latest.id, "{id}"), milliseconds: await median(() => get(path)) });
    await stop(server);
    return pages;
  }

  async close() {
    await stop(this.simulator);
    await this.engine.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const PLAN_LISTS = [
  "problem", "possible_duplicate", "create", "restore", "leave", "link", "move", "update", "unchanged", "not_imported",
];

/** The middle one of nine times, in milliseconds; once before that, so that nothing is cold. */
async function median(work) {
  await work();
  const times = [];
  for (let time = 0; time < 9; time += 1) {
    const began = performance.now();
    await work();
    times.push(performance.now() - began);
  }
  return times.sort((a, b) => a - b)[4];
}

const ours = (figures) => figures.planning + figures.applying;

/** One round: everything that happens to a school, from nothing. */
async function round(engine, people) {
  const office = await Office.open(engine, people);
  const sync = ["sync", "--estab", ESTAB, "--accept-suggestions"];
  const steps = {};
  steps["first sync"] = await office.measure(sync);
  steps.unchanged = await office.measure(sync);
  const pages = await office.pages();
  await office.advanceYear();
  steps.rollover = await office.measure(sync);
  pages.push(...(await office.pages()).map((page) => ({ ...page, path: `${page.path} (rollover)` })));
  steps.undo = await office.measure(["undo", "--estab", ESTAB]);
  await office.close();
  return { steps, pages };
}

/** The best of some rounds. */
async function best(engine, people) {
  const steps = {};
  const pages = new Map();
  for (let number = 1; number <= rounds; number += 1) {
    console.error(`== ${engine}, ${people} people, round ${number} of ${rounds}`);
    const result = await round(engine, people);
    for (const [step, figures] of Object.entries(result.steps)) {
      if (!steps[step] || ours(figures) < ours(steps[step])) steps[step] = figures;
    }
    for (const { path, milliseconds } of result.pages) {
      pages.set(path, Math.min(milliseconds, pages.get(path) ?? Infinity));
    }
  }
  return {
    steps: Object.entries(steps).map(([step, figures]) => ({ engine, people, step, ...figures })),
    pages: [...pages].map(([path, milliseconds]) => ({ engine, people, path, milliseconds })),
  };
}

/** What the benchmark of the planner alone found, if it was run: seconds. */
function planner() {
  return ["first sync", "unchanged"].flatMap((step) => {
    const file = `target/criterion/planner of 100,000 people/${step}/new/estimates.json`;
    if (!existsSync(file)) return [];
    return [{ step, seconds: JSON.parse(readFileSync(file, "utf8")).median.point_estimate / 1e9 }];
  });
}

function missed(steps, pages, planned) {
  const missed = [];
  const limit = (what, figure, most, unit) => {
    if (most !== undefined && !(figure <= most)) missed.push(`${what}: ${figure.toFixed(3)} ${unit}, at most ${most}`);
  };
  for (const figures of steps) {
    const what = `${figures.engine}, ${figures.people} people, ${figures.step}`;
    const limits = figures.step === "unchanged" ? UNCHANGED_LIMITS : LIMITS;
    limit(`${what}: planning and applying`, ours(figures), limits[figures.people], "s");
    limit(`${what}: peak memory`, figures.memory, MEMORY_LIMIT, "MB");
    if (figures.people === GROWTH.to && GROWTH.steps.includes(figures.step)) {
      const small = steps.find(({ engine, people, step }) => engine === figures.engine && step === figures.step && people === GROWTH.from);
      if (small) limit(`${what}: time per person to that at ${GROWTH.from}`, perPerson(figures) / perPerson(small), GROWTH.limit, "times");
    }
  }
  for (const { engine, people, path, milliseconds } of pages) {
    if (people >= PAGE_SIZE_LIMITED) limit(`${engine}, ${people} people, ${path}`, milliseconds, PAGE_LIMIT, "ms");
  }
  for (const { step, seconds } of planned) limit(`The planner alone, ${step}`, seconds, PLANNER_LIMIT, "s");
  return missed;
}

const perPerson = (figures) => ours(figures) / figures.people;

function machine() {
  const processors = cpus();
  return { cpu: processors[0].model, cores: processors.length, memory_gb: Math.round(totalmem() / 2 ** 30), kernel: release() };
}

async function versions() {
  const text = (program, args) => execFileSync(program, args, { encoding: "utf8" }).trim();
  const sqlite = readFileSync("Cargo.lock", "utf8").match(/name = "libsqlite3-sys"\nversion = "(.*)"/)[1];
  return {
    rollcall: text(rollcall, ["--version"]),
    commit: text("git", ["describe", "--always", "--dirty"]),
    rustc: text("rustc", ["--version"]),
    node: process.version,
    "libsqlite3-sys": sqlite,
    postgresql: await sql(postgres, "SHOW server_version"),
  };
}

const cell = (text, width) => String(text).padStart(width);

function print({ steps, pages, planned }) {
  console.log(`\n${"school".padEnd(26)}${"".padEnd(11)}${cell("wall s", 8)}${cell("CPU s", 8)}${cell("peak MB", 9)}${cell("rows", 9)}${cell("reading", 9)}${cell("planning", 10)}${cell("applying", 10)}${cell("the two", 9)}`);
  for (const one of steps) {
    const school = `${one.engine}, ${one.people.toLocaleString("en-GB")} people`;
    const seconds = (figure) => figure.toFixed(2);
    console.log(
      `${school.padEnd(26)}${one.step.padEnd(11)}${cell(seconds(one.wall), 8)}${cell(seconds(one.cpu), 8)}${cell(Math.round(one.memory), 9)}` +
      `${cell(one.rows ?? "", 9)}${cell(seconds(one.reading), 9)}${cell(seconds(one.planning), 10)}${cell(seconds(one.applying), 10)}${cell(seconds(ours(one)), 9)}`,
    );
  }
  const largest = Math.max(...sizes);
  for (const engine of Object.keys(ENGINES)) {
    const slowest = pages.filter((page) => page.engine === engine && page.people === largest).sort((a, b) => b.milliseconds - a.milliseconds);
    console.log(`\nThe slowest pages at ${largest.toLocaleString("en-GB")} people on ${engine}, of ${slowest.length} (ms)`);
    for (const page of slowest.slice(0, 8)) console.log(`${cell(page.milliseconds.toFixed(1), 8)}  ${page.path}`);
  }
  if (planned.length > 0) console.log("\nThe planner alone, 100,000 people (s)");
  for (const { step, seconds } of planned) console.log(`${cell(seconds.toFixed(2), 8)}  ${step}`);
}

async function main() {
  const [steps, pages] = [[], []];
  for (const engine of Object.keys(ENGINES)) {
    for (const people of sizes) {
      const found = await best(engine, people);
      steps.push(...found.steps);
      pages.push(...found.pages);
    }
  }
  const planned = planner();
  const misses = missed(steps, pages, planned);
  print({ steps, pages, planned });
  const record = { date: new Date().toISOString(), machine: machine(), versions: await versions(), rounds, steps, pages, planner: planned, missed: misses };
  writeFileSync("target/bench.json", `${JSON.stringify(record, null, 2)}\n`);
  console.log(`\nAll figures, the machine and the versions: target/bench.json`);
  if (misses.length > 0) await end(1, `Targets missed:\n  ${misses.join("\n  ")}`);
  console.log("No target was missed.");
  await end(0);
}

await main().catch((error) => end(1, error.message));
