import { setTimeout as pause } from "node:timers/promises";
import type { Database } from "@firstcome/database";
import { Histogram } from "../../measure/histogram.ts";

const POLL_MS = 10;
/** So many of the lowest samples that are not there yet are looked up at once. */
const WINDOW = 50;

/**
 * Sees when rows become visible, on a sample of them: every `step`th number, since numbers have no gaps. The lag is from the gate's
 * own time of acceptance to the first look that finds the row, so it is too long by up to a look's interval, never too short. (The
 * row's own `issued_at` is when its INSERT began.)
 */
export class LagProbe implements AsyncDisposable {
  readonly #database: Pick<Database, "pool">;
  readonly #couponId: string;
  readonly #waitingFor: number[];
  readonly #lags = new Histogram();
  readonly #watching: Promise<void>;
  #over = false;
  #seen = 0;

  constructor(
    database: Pick<Database, "pool">,
    { couponId, users, step }: { couponId: string; users: number; step: number },
  ) {
    this.#database = database;
    this.#couponId = couponId;
    this.#waitingFor = Array.from({ length: Math.floor(users / step) }, (_, i) => (i + 1) * step);
    this.#watching = this.#watch();
  }

  /** Of the samples seen so far. */
  get lags(): Histogram {
    return this.#lags;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    await this.#watching;
  }

  async #watch(): Promise<void> {
    while (!this.#over && this.#seen < this.#waitingFor.length) {
      try {
        await this.#look();
      } catch {
        // The next look sees the same rows, only later: the lag grows, as it should when the database is away.
      }
      await pause(POLL_MS);
    }
  }

  async #look(): Promise<void> {
    const wanted = this.#waitingFor.slice(this.#seen, this.#seen + WINDOW);
    const [found] = await this.#database.pool.query(
      `SELECT issue_no AS issueNo, UNIX_TIMESTAMP(accepted_at) * 1000 AS acceptedAt
         FROM user_coupon WHERE coupon_id = ? AND issue_no IN (?)`,
      [this.#couponId, wanted],
    );
    const now = Date.now();
    const acceptedAt = new Map(
      (found as { issueNo: number; acceptedAt: string | number }[]).map((row) => [row.issueNo, Number(row.acceptedAt)]),
    );
    for (const issueNo of wanted) {
      const at = acceptedAt.get(issueNo);
      // Rows appear a batch at a time, nearly in order: one that is late holds back those behind it by a look or two.
      if (at === undefined) break;
      this.#lags.recordMs(now - at);
      this.#seen++;
    }
  }
}
