import type { Logger } from "@firstcome/runtime";
import { setTimeout as sleep } from "node:timers/promises";
import { OverloadedError } from "../domain/faults.ts";

export interface CommitWatchOptions {
  /** The users whose rows those of a coupon's numbers are that are committed. */
  readonly holders: (couponId: string, issueNos: readonly number[]) => Promise<ReadonlyMap<number, string>>;
  /** Pause between two looks, in ms. */
  readonly intervalMs: number;
  /** Watchers at once; further ones are turned away. */
  readonly maxWatchers: number;
  readonly log: Logger;
}

/** Numbers asked for in one statement. */
const CHUNK = 1_000;

/**
 * Tells watchers when the rows of their numbers are committed. All watchers of a process share one look at the database
 * at a time, whatever their number; without watchers there is none.
 */
export class CommitWatch {
  readonly #options: CommitWatchOptions;
  /** Coupon → number → those who wait for it. */
  readonly #waiting = new Map<string, Map<number, Set<Tell>>>();
  #watchers = 0;
  #looking = false;

  constructor(options: CommitWatchOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the row of a number is committed, with the user whose row it is: after a gate had to be rebuilt without all
   * that it had given, that may be another one than was told the number.
   *
   * @throws OverloadedError when too many watch already, and the signal's reason when it aborts first
   */
  async committed(couponId: string, issueNo: number, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const { intervalMs, maxWatchers } = this.#options;
    if (this.#watchers >= maxWatchers) throw new OverloadedError("WATCHERS", 5 * intervalMs);
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const leave = (): void => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    this.#add(couponId, issueNo, resolve);
    try {
      return await promise;
    } finally {
      signal.removeEventListener("abort", leave);
      this.#remove(couponId, issueNo, resolve);
    }
  }

  get watchers(): number {
    return this.#watchers;
  }

  #add(couponId: string, issueNo: number, tell: Tell): void {
    const numbers = this.#waiting.get(couponId) ?? new Map<number, Set<Tell>>();
    this.#waiting.set(couponId, numbers);
    const tells = numbers.get(issueNo) ?? new Set();
    numbers.set(issueNo, tells.add(tell));
    this.#watchers += 1;
    if (!this.#looking) void this.#lookWhileWatched();
  }

  #remove(couponId: string, issueNo: number, tell: Tell): void {
    this.#watchers -= 1;
    const numbers = this.#waiting.get(couponId);
    const tells = numbers?.get(issueNo);
    tells?.delete(tell);
    if (tells?.size === 0) numbers?.delete(issueNo);
    if (numbers?.size === 0) this.#waiting.delete(couponId);
  }

  async #lookWhileWatched(): Promise<void> {
    this.#looking = true;
    while (this.#waiting.size > 0) {
      await sleep(this.#options.intervalMs);
      try {
        const coupons = [...this.#waiting.keys()];
        for (const couponId of coupons) await this.#lookAt(couponId);
      } catch (error) {
        this.#options.log.warn({ err: error }, "could not look for committed rows; looking again");
      }
    }
    this.#looking = false;
  }

  async #lookAt(couponId: string): Promise<void> {
    const issueNos = [...(this.#waiting.get(couponId)?.keys() ?? [])];
    for (let from = 0; from < issueNos.length; from += CHUNK) {
      const holders = await this.#options.holders(couponId, issueNos.slice(from, from + CHUNK));
      const numbers = this.#waiting.get(couponId);
      for (const [issueNo, userId] of holders) for (const tell of numbers?.get(issueNo) ?? []) tell(userId);
    }
  }
}

type Tell = (userId: string) => void;
