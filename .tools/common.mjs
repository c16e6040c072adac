// What `make run` and `make dev` share: processes that end together, ports, waiting until ready or
// until something changes.
import { execFile, spawn } from "node:child_process";
import { watch } from "node:fs";
import { createServer } from "node:net";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";

/** The port of an environment variable. */
export function port(variable) {
  const value = Number(process.env[variable]);
  if (!Number.isInteger(value) || value < 1 || value > 65535) {
    fail(`${variable} has to be a port number from 1 to 65535, and is "${process.env[variable]}".`);
  }
  return value;
}

export function fail(message) {
  console.error(`\n${message}\n`);
  process.exit(1);
}

/** A port that nothing listens on. */
export function freePort() {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** Ends with a clear message unless all ports, by their names, differ and nothing listens on any. */
export async function needFreePorts(ports) {
  const names = Object.keys(ports);
  if (new Set(Object.values(ports)).size < names.length) {
    const chosen = names.map((name) => `${name} is ${ports[name]}`).join(", ");
    fail(`The ports ${names.join(", ").replace(/, (?=[^,]*$)/, " and ")} must differ: ${chosen}.`);
  }
  for (const [name, number] of Object.entries(ports)) {
    const free = await new Promise((resolve) => {
      const probe = createServer();
      probe.once("error", () => resolve(false));
      probe.listen(number, "127.0.0.1", () => probe.close(() => resolve(true)));
    });
    if (!free) {
      const variable = name.replace("+1", "");
      fail(`Port ${number} is taken. Stop what uses it, or choose another: make ${process.env.GOAL} ${variable}=${number + 1000}`);
    }
  }
}

const running = new Set();
let ending = false;

/** Starts a process that ends with this one; if it ends by itself, everything ends. */
export function start(name, command, args, options = {}) {
  const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"], ...options });
  running.add(child);
  child.once("error", (error) => end(1, `${name} could not be started: ${error.message}`));
  child.once("exit", (code, signal) => {
    running.delete(child);
    if (!ending && !child.replaced) end(1, `${name} ended by itself (${signal ?? `exit status ${code}`}).`);
  });
  return child;
}

/** Stops one process and waits until it has gone. */
export function stop(child) {
  child.replaced = true;
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", resolve);
    child.kill("SIGTERM");
  });
}

/** Runs a command to its end; says whether it succeeded. */
export function succeeds(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] });
    running.add(child);
    child.once("error", (error) => end(1, `${command} could not be started: ${error.message}`));
    child.once("exit", (code) => {
      running.delete(child);
      resolve(code === 0);
    });
  });
}

/** Does the work when something of the files and folders has changed; once at a time. */
export function onChange(paths, work) {
  let timer;
  let busy = false;
  const changed = () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      if (busy) return changed();
      busy = true;
      await work();
      busy = false;
    }, 50);
  };
  for (const path of paths) watch(path, { recursive: true }, changed);
}

/** Ends everything that was started, then this process. */
export async function end(code, message) {
  if (ending) return;
  ending = true;
  if (message) console.error(`\n${message}`);
  await Promise.all([...running].map(stop));
  process.exit(code);
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => end(0));

/** Waits until an address answers, for so many seconds at most. */
export async function ready(name, address, seconds = 60) {
  const until = Date.now() + seconds * 1_000;
  while (Date.now() < until) {
    const answered = await fetch(address).then((reply) => reply.status < 500, () => false);
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await end(1, `${name} did not answer at ${address}.`);
}

/** Runs jobs, each a program and its arguments, as many at a time as there are cores; fails where one fails. */
export async function parallel(jobs) {
  const left = [...jobs];
  await Promise.all(Array.from({ length: availableParallelism() }, async () => {
    for (let job = left.shift(); job; job = left.shift()) await promisify(execFile)(...job);
  }));
}
