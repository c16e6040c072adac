// A server of a test's own, which may be told to stand still or to die at a point of a run.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { binaries, environment } from "./stack.mjs";

export class OwnServer {
  private process?: ChildProcess;

  private constructor(
    readonly url: string,
    /** The environment in which `rollcall` finds its database. */
    readonly environment: NodeJS.ProcessEnv,
  ) {}

  /** A place for one, in an empty folder and on a free port; with what is set for it besides. */
  static async place(folder: string, settings: NodeJS.ProcessEnv = {}): Promise<OwnServer> {
    const probe = createServer().listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address() as AddressInfo;
    probe.close();
    await once(probe, "close");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const url = `http://localhost:${port}`;
    return new OwnServer(url, {
      ...environment,
      ROLLCALL_LISTEN: `127.0.0.1:${port}`,
      ROLLCALL_PUBLIC_URL: url,
      ROLLCALL_DATABASE: `sqlite:${folder}/rollcall.db`,
      ROLLCALL_KEY_FILE: `${folder}/rollcall.key`,
      ...settings,
    });
  }

  /** Starts it, and comes back when it listens. */
  async start(crashAt = ""): Promise<void> {
    const env = { ...this.environment, ROLLCALL_CRASH_AT: crashAt };
    this.process = spawn(join(binaries, "rollcall"), ["serve"], { env, stdio: ["ignore", "ignore", "pipe"] });
    const lines = createInterface(this.process.stderr!);
    await new Promise<void>((resolve, reject) => {
      lines.on("line", (line) => line.includes("listening; open") && resolve());
      this.process!.once("exit", () => reject(new Error("the server ended before it listened")));
    });
  }

  /** Kills it, as a power cut would. */
  async kill(): Promise<void> {
    if (!this.process || this.process.exitCode !== null || this.process.signalCode !== null) return;
    this.process.kill("SIGKILL");
    await once(this.process, "exit");
  }
}
