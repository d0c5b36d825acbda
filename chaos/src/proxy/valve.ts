import { setTimeout as sleep } from "node:timers/promises";

export type Wait = (ms: number) => Promise<unknown>;

/** One direction of a proxy: how what flows through it is held back. Connections of the past and of the future alike. */
export class Valve {
  #delayMs = 0;
  #opened: PromiseWithResolvers<void> | undefined;
  readonly #wait: Wait;

  /** @param wait for so many ms */
  constructor(wait: Wait = sleep) {
    this.#wait = wait;
  }

  /** Every read is held back so long from now on; 0: not at all. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** Nothing passes until `open`. What was sent meanwhile waits with its sender, as TCP has it. */
  shut(): void {
    this.#opened ??= Promise.withResolvers();
  }

  open(): void {
    this.#opened?.resolve();
    this.#opened = undefined;
  }

  /** Resolves when what was read may be passed on, or when `gone` does: nobody is left to pass it on to. */
  async passage(gone: Promise<void>): Promise<void> {
    if (this.#delayMs > 0) await this.#wait(this.#delayMs);
    if (this.#opened) await Promise.race([this.#opened.promise, gone]);
  }
}
