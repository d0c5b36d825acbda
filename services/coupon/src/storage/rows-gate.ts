import type { Asked, WinnerRows } from "@firstcome/database";
import { OverloadedError, TooLateError, UnavailableError } from "../domain/faults.ts";
import { type CompleteGate, decideByRow, type Decision } from "../domain/issue-coupon.ts";
import { askDatabase } from "./faults.ts";

export interface RowsGateOptions {
  readonly rows: Pick<WinnerRows, "winnings">;
  /** Epoch ms. */
  readonly now: () => number;
  /** Users that may wait; more are turned away. */
  readonly maxWaiting: number;
  /** Told of every decision. */
  readonly onOutcome: (outcome: Decision["outcome"]) => void;
}

/** Users in one statement, and a batch more. */
const MANY = 1_000;
const RETRY_AFTER_MS = 500;

/**
 * Decides by rows, for complete coupons: all who wait, whatever they ask for, are answered by one statement at a time. However
 * many ask for old coupons, they take one connection of the pool.
 */
export class RowsGate implements CompleteGate {
  readonly #options: RowsGateOptions;
  readonly #waiting: Ask[] = [];
  #users = 0;
  #asking = false;

  constructor(options: RowsGateOptions) {
    this.#options = options;
  }

  decide(couponId: string, userIds: readonly string[], deadline = Number.POSITIVE_INFINITY): Promise<Decision[]> {
    if (this.#users >= this.#options.maxWaiting) throw new OverloadedError("GATE_QUEUE", RETRY_AFTER_MS);
    const { promise, resolve, reject } = Promise.withResolvers<Decision[]>();
    const asked = userIds.map((userId) => ({ couponId, userId }));
    this.#waiting.push({ asked, deadline, resolve, reject });
    this.#users += asked.length;
    if (!this.#asking) void this.#askWhileAwaited();
    return promise;
  }

  async #askWhileAwaited(): Promise<void> {
    this.#asking = true;
    while (this.#waiting.length > 0) {
      const asks = this.#take();
      try {
        const wins = await askDatabase(() => this.#options.rows.winnings(asks.flatMap(({ asked }) => asked)));
        let next = 0;
        for (const { asked, resolve } of asks) {
          const decisions = wins.slice(next, (next += asked.length)).map(decideByRow);
          for (const { outcome } of decisions) this.#options.onOutcome(outcome);
          resolve(decisions);
        }
      } catch (error) {
        // Behind a database that does not answer nobody waits for one statement after the other to fail.
        const others = error instanceof UnavailableError ? this.#waiting.splice(0) : [];
        for (const { asked, reject } of others) {
          this.#users -= asked.length;
          reject(error);
        }
        for (const { reject } of asks) reject(error);
      }
    }
    this.#asking = false;
  }

  /** Those who are asked for next: who came first comes first, and whoever is too late is told so. */
  #take(): Ask[] {
    const now = this.#options.now();
    const taken: Ask[] = [];
    let users = 0;
    while (users < MANY) {
      const ask = this.#waiting.shift();
      if (!ask) break;
      this.#users -= ask.asked.length;
      if (ask.deadline <= now) ask.reject(new TooLateError());
      else {
        users += ask.asked.length;
        taken.push(ask);
      }
    }
    return taken;
  }
}

interface Ask {
  readonly asked: readonly Asked[];
  readonly deadline: number;
  readonly resolve: (decisions: Decision[]) => void;
  readonly reject: (error: unknown) => void;
}
