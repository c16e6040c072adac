// Says again, as the last thing of all, what failed and why: a long log is read from its end.
import type { FullResult, Reporter, TestCase, TestResult } from "@playwright/test/reporter";

/** So many lines of an error say what is wrong; after them come the browser's own. */
const LINES = 25;

export default class Failures implements Reporter {
  private readonly failed: string[] = [];

  onTestEnd(test: TestCase, result: TestResult): void {
    if (result.status === test.expectedStatus || result.status === "skipped") return;
    const errors = result.errors.map(({ message, location }) => {
      const lines = (message ?? "").split("\n").slice(0, LINES).join("\n  ");
      return location ? `${lines}\n  at ${location.file}:${location.line}` : lines;
    });
    const steps = result.steps.filter(({ error }) => error).map(({ title }) => title);
    const seconds = Math.round(result.duration / 1000);
    this.failed.push(
      [`${test.titlePath().filter(Boolean).join(" › ")} (${result.status} after ${seconds} s)`, ...steps, ...errors].join("\n  "),
    );
  }

  onEnd(_: FullResult): void {
    if (this.failed.length > 0) console.log(`\nWhat failed, and why:\n\n${this.failed.join("\n\n")}\n`);
  }

  printsToStdio(): boolean {
    return false;
  }
}
