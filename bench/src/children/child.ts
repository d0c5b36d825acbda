import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Order, Report } from "./messages.ts";

const STOP_DEADLINE_MS = 10_000;

/** A child process that obeys orders (see `obeyParent`). It ends when this process does, or when it is disposed of. */
export class Child implements AsyncDisposable {
  readonly #name: string;
  readonly #process: ChildProcess;
  readonly #ended: Promise<string>;
  #listen: (report: Report) => void = () => {};

  constructor(main: URL) {
    this.#name = fileURLToPath(main).split("/").at(-1) ?? main.href;
    // None of this process's own flags (a test runner's, a debugger's): a child runs as it would in production.
    this.#process = fork(main, {
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#process.once("error", (error) => resolve(error.message));
    this.#process.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
    this.#ended = promise;
    this.#process.on("message", (report) => this.#listen(report as Report));
  }

  /** 0 when it could not be started. */
  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /**
   * Gives an order, once the one before is done.
   *
   * @throws with the child's own words when it fails, when it ends, and when it takes longer than `deadlineMs`.
   */
  async obey<T>(order: string, given: unknown, { deadlineMs }: { deadlineMs: number }): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#listen = (report) => {
      if (report.tells === "done") resolve(report.result as T);
      else reject(new Error(report.why));
    };
    const fail = (what: string): void => reject(new Error(`${this.#name}, order "${order}": ${what}`));
    const late = setTimeout(() => fail(`not done after ${deadlineMs} ms`), deadlineMs);
    void this.#ended.then((how) => fail(`it ended (${how})`));
    try {
      this.#send({ order, given });
      return await promise;
    } finally {
      clearTimeout(late);
    }
  }

  /** SIGKILL, and waits for the end. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#send({ order: "stop", given: undefined });
    const hardEnd = setTimeout(() => this.#process.kill("SIGKILL"), STOP_DEADLINE_MS);
    await this.#ended;
    clearTimeout(hardEnd);
  }

  #send(order: Order): void {
    if (this.#process.connected) this.#process.send(order);
  }
}
