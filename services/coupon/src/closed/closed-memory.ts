import type { GateReader, GateView } from "@firstcome/redis";
import type { Logger } from "@firstcome/runtime";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClosedGate, ClosedGates, Decision } from "../domain/issue-coupon.ts";
import type { ReadResult } from "./read-pace.ts";
import { RememberedCoupon } from "./remembered-coupon.ts";
import { WinnerTable } from "./winner-table.ts";

export interface ClosedMemoryOptions {
  readonly source: Pick<GateReader, "read" | "winners">;
  /** All winners together take no more. */
  readonly maxBytes: number;
  /** False: winners are left to the gate. */
  readonly tellsWinners: boolean;
  /** Milliseconds of a clock that only goes forward. */
  readonly now: () => number;
  readonly log: Logger;
  /** Told of every answer. */
  readonly onAnswer: (outcome: Decision["outcome"]) => void;
  /** Told, after each look at the gates, what is remembered. */
  readonly onRemembered: (held: { coupons: number; winners: number; bytes: number }) => void;
  /** Told how each reading of winners ended. */
  readonly onRead: (result: ReadResult) => void;
}

/** How long a coupon that nobody asks for is watched, in ms, and how long it is kept: crowds come in waves. */
const WATCHED_MS = 5_000;
const KEPT_MS = 60_000;
/** One look at so many is some ms of Redis. */
const MAX_COUPONS = 1_000;
/** More than so many, and some give way: there is always room for the next one that is asked for. */
const ROOMY_COUPONS = 900;

/**
 * Answers for gates that nobody can pass now: sold out, finished, not open yet, paused. It learns of them from the losses
 * that the gate itself decides on, reads their winners once, and looks every now and then whether anything has changed.
 * What it does not know for certain it leaves to the gate.
 */
export class ClosedMemory implements ClosedGates {
  readonly #options: ClosedMemoryOptions;
  readonly #coupons = new Map<string, RememberedCoupon>();
  #isAway = false;

  constructor(options: ClosedMemoryOptions) {
    this.#options = options;
  }

  of(couponId: string): ClosedGate | undefined {
    const coupon = this.#coupons.get(couponId);
    if (!coupon) return undefined;
    const now = this.#options.now();
    if (!coupon.answersAt(now)) return undefined;
    coupon.asked(now);
    return coupon;
  }

  noted(couponId: string, outcome: Decision["outcome"], users: number): void {
    let coupon = this.#coupons.get(couponId);
    if (outcome === "ACCEPTED") {
      coupon?.doubt(this.#options.now());
      return;
    }
    // Who has won already may ask an open gate too; who has lost has met a closed one.
    if (outcome !== "ALREADY_ISSUED") coupon ??= this.#remember(couponId);
    coupon?.turnedAway(users, this.#options.now());
  }

  /** The coupon was changed from here: answers wait for the next look, so that who changed it sees the change. */
  doubt(couponId: string): void {
    this.#coupons.get(couponId)?.doubt(this.#options.now());
  }

  /** Looks once at the gates of all coupons that are asked for, and forgets those that have not been for long, or hardly. */
  async refreshOnce(): Promise<void> {
    const askedAt = this.#options.now();
    this.#forget(askedAt);
    const watched = [...this.#coupons].filter(([, coupon]) => isWatched(coupon, askedAt));
    if (watched.length > 0) {
      const { views, failure } = await this.#options.source.read(watched.map(([couponId]) => couponId));
      for (const [couponId, coupon] of watched) {
        const view = views.get(couponId);
        if (!view) continue;
        coupon.see(view, askedAt);
        // Its next loss brings it back.
        if (coupon.isOpen) this.#coupons.delete(couponId);
      }
      this.#notice(failure);
    }
    this.#options.onRemembered(this.#held());
  }

  /** Reads the winners of those coupons whose winners are not known and do not change. One after the other. */
  async readWinnersOnce(signal: AbortSignal): Promise<void> {
    for (const [couponId, coupon] of this.#coupons) {
      const startedAt = this.#options.now();
      const view = coupon.wanted;
      if (!view || !isWatched(coupon, startedAt) || !coupon.pace.mayRead(startedAt)) continue;
      const result = await this.#read(couponId, coupon, view, signal).catch((error: unknown) => {
        if (!signal.aborted) this.#options.log.warn({ err: error, couponId }, "winners could not be read");
        return "FAILED" as const;
      });
      if (signal.aborted) return;
      if (result === "TOO_LARGE" && coupon.pace.last !== result) {
        this.#options.log.warn(
          { couponId, winners: view.nextNo - 1 },
          "winners do not fit into the memory of closed gates",
        );
      }
      coupon.pace.note(result, { startedAt, endedAt: this.#options.now(), isFinal: coupon.isFinal });
      this.#options.onRead(result);
    }
  }

  async #read(couponId: string, coupon: RememberedCoupon, view: GateView, signal: AbortSignal): Promise<ReadResult> {
    const { source, now } = this.#options;
    if (!this.#makeRoom(coupon, WinnerTable.leastBytes(view.nextNo - 1))) return "TOO_LARGE";
    const table = new WinnerTable(view.nextNo - 1);
    let pageAt = now();
    for await (const page of source.winners(couponId, view)) {
      for (const winner of page) table.add(winner);
      if (coupon.wanted?.winnersAre !== view.winnersAre) return "CHANGED";
      if (!this.#makeRoom(coupon, table.bytes)) return "TOO_LARGE";
      // As long as the page took: where Redis or this process is busy, the reading takes less of it.
      await sleep(Math.max(now() - pageAt, 1), undefined, { signal });
      pageAt = now();
    }
    const askedAt = now();
    const { views, failure } = await source.read([couponId]);
    const after = views.get(couponId);
    if (!after) throw failure;
    return coupon.learn(view.winnersAre, table, after, askedAt) ? "DONE" : "CHANGED";
  }

  #remember(couponId: string): RememberedCoupon | undefined {
    if (this.#coupons.size >= MAX_COUPONS) return undefined;
    const { tellsWinners, onAnswer: told } = this.#options;
    const coupon = new RememberedCoupon({ tellsWinners, told });
    this.#coupons.set(couponId, coupon);
    return coupon;
  }

  #forget(now: number): void {
    for (const [couponId, coupon] of this.#coupons) {
      coupon.weigh(now);
      if (now - coupon.askedAt >= KEPT_MS) this.#coupons.delete(couponId);
    }
    // By how many ask, not by how lately: who asks for a thousand old coupons must not keep out the one of which all have lost.
    const over = Math.max(this.#coupons.size - ROOMY_COUPONS, 0);
    for (const [couponId] of over > 0 ? this.#byDemand().slice(0, over) : []) this.#coupons.delete(couponId);
  }

  /** Whether so many bytes more fit for this coupon. Those give way for which nobody asks now, or less than half as many users. */
  #makeRoom(forCoupon: RememberedCoupon, bytes: number): boolean {
    const now = this.#options.now();
    let over = this.#held().bytes + bytes - this.#options.maxBytes;
    if (over <= 0) return true;
    const yielding = this.#byDemand().filter(
      ([, coupon]) => coupon !== forCoupon && (!isWatched(coupon, now) || 2 * coupon.demand < forCoupon.demand),
    );
    if (yielding.reduce((sum, [, coupon]) => sum + coupon.bytes, 0) < over) return false;
    for (const [couponId, coupon] of yielding) {
      if (over <= 0) break;
      over -= coupon.bytes;
      this.#coupons.delete(couponId);
    }
    return true;
  }

  /** For whom the fewest ask comes first. */
  #byDemand(): [string, RememberedCoupon][] {
    return [...this.#coupons].toSorted(([, a], [, b]) => a.demand - b.demand);
  }

  #held(): { coupons: number; winners: number; bytes: number } {
    const held = { coupons: this.#coupons.size, winners: 0, bytes: 0 };
    for (const coupon of this.#coupons.values()) {
      held.winners += coupon.winners;
      held.bytes += coupon.bytes;
    }
    return held;
  }

  /** Says once that a gate does not answer, and once that all do again. */
  #notice(failure: unknown): void {
    if (Boolean(failure) === this.#isAway) return;
    this.#isAway = Boolean(failure);
    if (failure) this.#options.log.warn({ err: failure }, "closed gates cannot be looked at");
    else this.#options.log.info("closed gates can be looked at again");
  }
}

function isWatched({ askedAt }: RememberedCoupon, now: number): boolean {
  return now - askedAt < WATCHED_MS;
}
