import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const DEADLINE_MS = 30_000;

/** A worker process that acknowledges everything at once, while it is open; it begins closed. */
export class AcknowledgingWorker implements AsyncDisposable {
  readonly #child: ChildProcess;

  /** @throws when it has not attached to the dispatcher in time. */
  static async start(dispatcherAddress: string): Promise<AcknowledgingWorker> {
    const main = fileURLToPath(new URL("./acknowledging-worker-main.ts", import.meta.url));
    // No flags of this process: it runs as it would in production.
    const child = fork(main, [dispatcherAddress], { execArgv: [] });
    const worker = new AcknowledgingWorker(child);
    try {
      await once(child, "message", { signal: AbortSignal.timeout(DEADLINE_MS) });
    } catch (error) {
      await worker[Symbol.asyncDispose]();
      throw error;
    }
    return worker;
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  open(): void {
    this.#child.send("open");
  }

  close(): void {
    this.#child.send("close");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    const hardEnd = setTimeout(() => this.#child.kill("SIGKILL"), DEADLINE_MS);
    if (this.#child.connected) this.#child.disconnect();
    await ended;
    clearTimeout(hardEnd);
  }
}
