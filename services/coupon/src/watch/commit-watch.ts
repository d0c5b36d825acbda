import type { Logger } from "@firstcome/runtime";
import { setTimeout as sleep } from "node:timers/promises";
import { OverloadedError } from "../domain/faults.ts";

export interface CommitWatchOptions {
  /** Which of a coupon's numbers are committed. */
  readonly committed: (couponId: string, issueNos: readonly number[]) => Promise<Set<number>>;
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
  readonly #waiting = new Map<string, Map<number, Set<() => void>>>();
  #watchers = 0;
  #looking = false;

  constructor(options: CommitWatchOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the row is committed.
   *
   * @throws OverloadedError when too many watch already, and the signal's reason when it aborts first
   */
  async committed(couponId: string, issueNo: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { intervalMs, maxWatchers } = this.#options;
    if (this.#watchers >= maxWatchers) throw new OverloadedError("WATCHERS", 5 * intervalMs);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => reject(signal.reason);
    signal.addEventListener("abort", leave, { once: true });
    this.#add(couponId, issueNo, resolve);
    try {
      await promise;
    } finally {
      signal.removeEventListener("abort", leave);
      this.#remove(couponId, issueNo, resolve);
    }
  }

  get watchers(): number {
    return this.#watchers;
  }

  #add(couponId: string, issueNo: number, tell: () => void): void {
    const numbers = this.#waiting.get(couponId) ?? new Map<number, Set<() => void>>();
    this.#waiting.set(couponId, numbers);
    const tells = numbers.get(issueNo) ?? new Set();
    numbers.set(issueNo, tells.add(tell));
    this.#watchers += 1;
    if (!this.#looking) void this.#lookWhileWatched();
  }

  #remove(couponId: string, issueNo: number, tell: () => void): void {
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
      const committed = await this.#options.committed(couponId, issueNos.slice(from, from + CHUNK));
      const numbers = this.#waiting.get(couponId);
      for (const issueNo of committed) for (const tell of numbers?.get(issueNo) ?? []) tell();
    }
  }
}
