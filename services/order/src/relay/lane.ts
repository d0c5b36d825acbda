import { fullJitterBackoff } from "@firstcome/runtime";
import { setTimeout as sleep } from "node:timers/promises";
import { type DeliverDeps, deliverDue } from "./deliver-due.ts";
import { Doorbell } from "./doorbell.ts";

/** Delivered at once. */
const BATCH = 100;

/**
 * Delivers the messages of one kind, one pass after the other. Each receiver has a lane of its own, so that one that is
 * away or slow holds up no other.
 *
 * While the receiver is away, one message at a time finds out whether it is back; the others stay where they are, however
 * many gather.
 */
export class Lane {
  readonly #deps: DeliverDeps;
  readonly #pollMs: number;
  readonly #bell = new Doorbell();
  /** Passes in a row that found the receiver away. */
  #failures = 0;
  /** Passes in a row that broke, as without the database. */
  #breaks = 0;

  constructor(deps: DeliverDeps, { pollMs }: { pollMs: number }) {
    this.#deps = deps;
    this.#pollMs = pollMs;
  }

  /** There is something to deliver. */
  ring(): void {
    this.#bell.ring();
  }

  /** Waits until there may be something to deliver, then delivers until nothing is due. */
  async runOnce(signal: AbortSignal): Promise<void> {
    const trouble = Math.max(this.#failures, this.#breaks);
    if (trouble > 0) await sleep(backoff(trouble), undefined, { signal }).catch(() => {});
    else await this.#bell.wait(this.#pollMs, signal);
    try {
      for (let more = true; more && !signal.aborted;) more = await this.#pass();
      this.#breaks = 0;
    } catch (error) {
      this.#breaks += 1;
      throw error;
    }
  }

  /** True: there may be more to deliver at once. */
  async #pass(): Promise<boolean> {
    const probing = this.#failures > 0;
    const limit = probing ? 1 : BATCH;
    const { claimed, away } = await deliverDue(this.#deps, limit);
    if (claimed > 0) this.#note(away.length === claimed, away[0]);
    // After a probe that got through, whatever has gathered meanwhile.
    return claimed === limit && this.#failures === 0;
  }

  #note(isAway: boolean, error: unknown): void {
    const { log, kind } = this.#deps;
    if (isAway && this.#failures === 0) log.warn({ kind, err: error }, "the receiver of messages is away");
    if (!isAway && this.#failures > 0) log.info({ kind }, "the receiver of messages is back");
    this.#failures = isAway ? this.#failures + 1 : 0;
  }
}

const backoff = fullJitterBackoff({ baseMs: 100, maxMs: 5_000 });
