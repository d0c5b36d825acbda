import { Child } from "../children/child.ts";
import type { LoadDone, LoadOrder } from "./orders.ts";

/** The load generator: a process of its own, kept over runs so that its code stays compiled. */
export class Generator implements AsyncDisposable {
  readonly #child = new Child(new URL("generator-main.ts", import.meta.url));

  /** @throws when a connection fails, and after `deadlineMs`. */
  async run(order: LoadOrder, deadlineMs: number): Promise<LoadDone> {
    return await this.#child.obey<LoadDone>("generate", order, { deadlineMs });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#child[Symbol.asyncDispose]();
  }
}
