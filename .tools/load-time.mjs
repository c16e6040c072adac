// `make load-time`: how long a person waits for the app, measured by Chromium's own protocol with an
// empty cache, beside the same pages in React (end2end/bench), and beside an older Rollcall where
// BESIDE names its folder, built with `make app server`. The apps take turns, so that what else the
// machine does comes to all of them. Fails if a target is missed. ROUNDS=1 takes each time once.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { chromium } from "../end2end/node_modules/@playwright/test/index.mjs";
import { end, freePort, ready, start } from "./common.mjs";

const ROUNDS = Number(process.env.ROUNDS ?? 7);
const NETWORKS = [
  { name: "10 Mbps, 40 ms", mbps: 10, latency: 40, slowdown: 1 },
  { name: "slow 4G: 1.6 Mbps, 150 ms, a CPU of a quarter", mbps: 1.6, latency: 150, slowdown: 4 },
];
const [BROADBAND, SLOW] = NETWORKS;
const PAGE_CHANGES = 50;
/** Milliseconds from key to key. */
const TYPING = 60;

const MEASURES = {
  firstPaint: "first paint",
  largestPaint: "largest paint",
  typing: "until one can type",
  arrival: "until the app has arrived",
  kilobytes: "kilobytes",
  requests: "requests",
  press: "from press to dashboard",
  dashboard: "dashboard by its address",
  dashboardKilobytes: "kilobytes",
  dashboardRequests: "requests",
};

const folder = mkdtempSync(join(tmpdir(), "rollcall-load-time-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const apps = [
  { name: "Rollcall", root: resolve("."), pages: resolve("target/app") },
  { name: "React", root: resolve("."), pages: resolve("target/react") },
];
if (process.env.BESIDE) {
  const root = resolve(process.env.BESIDE);
  apps.push({ name: "older", root, pages: join(root, "target/app") });
}
const [rollcall, react, older] = apps;

for (const app of apps) await serve(app);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"],
});
const failure = await measureAll().catch((error) => error);
await browser.close();
await end(failure ? 1 : 0, failure?.message);

/** Starts an app with a database of its own and a school that has been in use for a year. */
async function serve(app) {
  const [web, xod] = [await freePort(), await freePort()];
  const data = join(folder, app.name);
  const built = (program) => join(app.root, "target/release", program);
  app.address = `http://localhost:${web}`;
  const simulator = `http://127.0.0.1:${xod}`;
  const env = {
    ...process.env,
    ROLLCALL_LISTEN: `127.0.0.1:${web}`,
    ROLLCALL_PUBLIC_URL: app.address,
    ROLLCALL_DATABASE: `sqlite:${data}.db`,
    ROLLCALL_KEY_FILE: `${data}.key`,
    ROLLCALL_XOD_URL: simulator,
    ROLLCALL_APP_DIR: app.pages,
    RUST_LOG: "error",
  };
  start(`The simulator of ${app.name}`, built("xod-simulator"), [
    ...["--listen", `127.0.0.1:${xod}`, "--callback", `${app.address}/api/xod/callback`],
    ...["--school", "3281103", "--name", "Oakfield Primary School", "--pupils", "420", "--staff", "46", "--seed", "3"],
  ], { env });
  await ready(`The simulator of ${app.name}`, `${simulator}/_simulator`);
  const made = execFileSync(built("rollcall"), ["demo", "--school", "connected:3281103", "--out", "-"], { env });
  [app.school] = JSON.parse(made).schools;
  start(app.name, built("rollcall"), ["serve"], { env });
  await ready(app.name, `${app.address}/api/platform`);
}

async function measureAll() {
  const missed = [];
  for (const network of NETWORKS) {
    const rounds = new Map(apps.map((app) => [app, []]));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const app of apps) rounds.get(app).push(await visit(app, network));
    }
    const medians = new Map([...rounds].map(([app, all]) => [app, medianOf(all)]));
    print(network, medians);
    missed.push(...missedTargets(network, medians));
  }
  console.log(`\n${PAGE_CHANGES} page changes: megabytes of memory more`);
  for (const app of [rollcall, older].filter(Boolean)) {
    const grown = await growth(app);
    console.log(`${app.name.padEnd(28)}${grown.toFixed(2).padStart(12)}`);
    if (app === rollcall && !(grown < 1)) missed.push("memory grows by a megabyte and more");
  }
  if (missed.length > 0) throw new Error(`Missed: ${missed.join("; ")}.`);
}

/** One person's morning: the sign-in page, the dashboard, and the dashboard again from its address. */
async function visit(app, network) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "en-GB" });
  const page = await context.newPage();
  const protocol = await context.newCDPSession(page);
  const fetched = listen(protocol);
  await protocol.send("Network.enable");
  await protocol.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: network.latency,
    downloadThroughput: (network.mbps * 1e6) / 8,
    uploadThroughput: (network.mbps * 1e6) / 8,
  });
  await protocol.send("Emulation.setCPUThrottlingRate", { rate: network.slowdown });
  await page.addInitScript(watch);

  await page.goto(`${app.address}/sch/${app.school.slug}`);
  await reached(page, "arrival");
  await page.waitForLoadState("networkidle");
  const signIn = { ...(await page.evaluate(() => window.reached)), ...fetched() };

  await page.getByLabel("Username").pressSequentially(app.school.email, { delay: TYPING });
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Password").pressSequentially(app.school.password, { delay: TYPING });
  await page.getByRole("button", { name: "Sign in" }).click();
  await reached(page, "dashboard");
  const press = await page.evaluate(() => window.reached.dashboard - window.reached.press);

  await protocol.send("Network.clearBrowserCache");
  await page.goto("about:blank");
  fetched();
  await page.goto(`${app.address}/dashboard`);
  await reached(page, "dashboard");
  await page.waitForLoadState("networkidle");
  const { dashboard } = await page.evaluate(() => window.reached);
  const again = fetched();
  await context.close();
  const { firstPaint, largestPaint, typing, arrival, kilobytes, requests } = signIn;
  return {
    ...{ firstPaint, largestPaint, typing, arrival, kilobytes, requests, press, dashboard },
    ...{ dashboardKilobytes: again.kilobytes, dashboardRequests: again.requests },
  };
}

/** Runs in each page, before anything else: notes in milliseconds when what is reached. */
function watch() {
  const reached = (window.reached = {});
  const isThere = (selector) => document.querySelector(selector)?.checkVisibility() ?? false;
  const seen = {
    typing: () => isThere("main input:enabled"),
    arrival: () => isThere("#app main input"),
    dashboard: () => location.pathname === "/dashboard" && isThere("main .tile"),
  };
  const look = () => {
    for (const [what, isSeen] of Object.entries(seen)) {
      // Noted with the frame that shows it.
      if (!(what in reached) && isSeen()) requestAnimationFrame((at) => (reached[what] ??= at));
    }
  };
  new MutationObserver(look).observe(document, { attributes: true, childList: true, subtree: true });
  addEventListener("click", () => (reached.press = performance.now()), { capture: true });
  const paints = (type, name) =>
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => (reached[name(entry)] = entry.startTime))).observe({ type, buffered: true });
  paints("paint", ({ name }) => (name === "first-paint" ? "firstPaint" : name));
  paints("largest-contentful-paint", () => "largestPaint");
}

function reached(page, what) {
  return page.waitForFunction((what) => what in window.reached, what, { polling: 50, timeout: 120_000 });
}

/** Counts what goes over the network; each call answers with what went since the last one. */
function listen(protocol) {
  let [bytes, requests] = [0, 0];
  protocol.on("Network.responseReceived", ({ response }) => {
    if (!response.fromDiskCache && response.url.startsWith("http")) requests += 1;
  });
  protocol.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  return () => {
    const since = { kilobytes: bytes / 1_000, requests };
    [bytes, requests] = [0, 0];
    return since;
  };
}

/** By how many megabytes the memory of a tab grows from page to page and back. */
async function growth(app) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const protocol = await context.newCDPSession(page);
  await page.goto(`${app.address}/sch/${app.school.slug}`);
  await page.getByLabel("Username").fill(app.school.email);
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByLabel("Password").fill(app.school.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  const change = async (times) => {
    for (let at = 0; at < times; at += 2) {
      await page.getByRole("link", { name: "Manage users" }).first().click();
      await page.getByRole("heading", { level: 1, name: "Manage users" }).waitFor();
      await page.getByRole("link", { name: "Dashboard" }).first().click();
      await page.locator("main .tile").first().waitFor();
    }
    await protocol.send("HeapProfiler.collectGarbage");
    const { usedSize, backingStorageSize = 0 } = await protocol.send("Runtime.getHeapUsage");
    return (usedSize + backingStorageSize) / 1e6;
  };
  // What is made once is there after the first changes.
  const before = await change(10);
  const after = await change(PAGE_CHANGES);
  await context.close();
  return after - before;
}

function medianOf(rounds) {
  const middle = (name) => rounds.map((round) => round[name]).sort((a, b) => a - b)[Math.floor(rounds.length / 2)];
  return Object.fromEntries(Object.keys(MEASURES).map((name) => [name, middle(name)]));
}

function print(network, medians) {
  const others = apps.slice(1);
  const heads = [...apps.map(({ name }) => name), ...others.map(({ name }) => `of ${name}`)];
  console.log(`\n${`${network.name}, ms, median of ${ROUNDS}`.padEnd(58)}${heads.map((head) => head.padStart(10)).join("")}`);
  for (const [name, label] of Object.entries(MEASURES)) {
    const figures = apps.map((app) => medians.get(app)[name]);
    const ratios = others.map((app) => (medians.get(rollcall)[name] / medians.get(app)[name]).toFixed(2));
    console.log(label.padEnd(58) + [...figures.map((figure) => figure.toFixed(0)), ...ratios].map((text) => text.padStart(10)).join(""));
  }
}

function missedTargets(network, medians) {
  const ours = medians.get(rollcall);
  const targets = [["one can type later than 1.25 times React's", ours.typing <= 1.25 * medians.get(react).typing]];
  if (network === BROADBAND) targets.push(["the dashboard stands later than 400 ms after the press", ours.press <= 400]);
  if (network === SLOW) targets.push(["one can type later than after 2 s", ours.typing <= 2_000]);
  if (network === SLOW && older) targets.push(["one can type later than half of before", ours.typing <= 0.5 * medians.get(older).typing]);
  return targets.filter(([, isMet]) => !isMet).map(([text]) => `${network.name}: ${text}`);
}
