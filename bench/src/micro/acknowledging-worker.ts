import { Child } from "../children/child.ts";

const DEADLINE_MS = 30_000;

/** A worker process that acknowledges everything at once, while it is open; it begins closed. */
export class AcknowledgingWorker implements AsyncDisposable {
  readonly #child = new Child(new URL("acknowledging-worker-main.ts", import.meta.url));

  /** @throws when it has not attached to the dispatcher in time. */
  static async start(dispatcherAddress: string): Promise<AcknowledgingWorker> {
    const worker = new AcknowledgingWorker();
    try {
      await worker.#obey("start", dispatcherAddress);
    } catch (error) {
      await worker[Symbol.asyncDispose]();
      throw error;
    }
    return worker;
  }

  get pid(): number {
    return this.#child.pid;
  }

  open(): Promise<void> {
    return this.#obey("open");
  }

  close(): Promise<void> {
    return this.#obey("close");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#child[Symbol.asyncDispose]();
  }

  #obey(order: string, given?: string): Promise<void> {
    return this.#child.obey<void>(order, given, { deadlineMs: DEADLINE_MS });
  }
}
