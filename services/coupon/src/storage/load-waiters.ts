import { OverloadedError, TooLateError, UnavailableError } from "../domain/faults.ts";
import type { Waiter } from "../domain/when-loaded.ts";

export interface LoadWaitersOptions {
  /** Users that may wait for all loads together; further ones are turned away. */
  readonly maxInAll: number;
  /** And for the load of one coupon. */
  readonly maxForOne: number;
  /** How long each of them waits at most, in ms. */
  readonly patienceMs: number;
  /** Epoch ms. */
  readonly now: () => number;
}

/** So gRPC's own four attempts, each as patient as it is by default, reach over seven seconds: a loss and what workers had of it. */
const RETRY_AFTER_MS = 1_000;

/**
 * Callers who wait for coupons to be loaded. A load takes seconds, and every call that waits takes room from all other calls of
 * the process; so only some wait, none for long, and the load goes on without them.
 */
export class LoadWaiters {
  readonly #options: LoadWaitersOptions;
  readonly #users = new Map<string, number>();
  #inAll = 0;

  constructor(options: LoadWaitersOptions) {
    this.#options = options;
  }

  /** @throws OverloadedError, TooLateError, UnavailableError when the load takes longer than the caller waits */
  async wait<T>(couponId: string, { users, deadline }: Waiter, load: () => Promise<T>): Promise<T> {
    const { maxInAll, maxForOne } = this.#options;
    if (this.#inAll >= maxInAll || (this.#users.get(couponId) ?? 0) >= maxForOne) {
      throw new OverloadedError("GATE_QUEUE", RETRY_AFTER_MS);
    }
    this.#add(couponId, users);
    try {
      return await this.#inTime(load(), deadline);
    } finally {
      this.#add(couponId, -users);
    }
  }

  async #inTime<T>(load: Promise<T>, deadline = Number.POSITIVE_INFINITY): Promise<T> {
    const { patienceMs, now } = this.#options;
    const leftMs = deadline - now();
    const { promise: givenUp, reject } = Promise.withResolvers<never>();
    const giveUp = (): void =>
      reject(leftMs < patienceMs ? new TooLateError() : new UnavailableError("GATE", RETRY_AFTER_MS));
    const timer = setTimeout(giveUp, Math.max(Math.min(leftMs, patienceMs), 0));
    try {
      return await Promise.race([load, givenUp]);
    } finally {
      clearTimeout(timer);
    }
  }

  #add(couponId: string, users: number): void {
    this.#inAll += users;
    const waiting = (this.#users.get(couponId) ?? 0) + users;
    if (waiting === 0) this.#users.delete(couponId);
    else this.#users.set(couponId, waiting);
  }
}
