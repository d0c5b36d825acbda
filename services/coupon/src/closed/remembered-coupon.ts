import type { GateView } from "@firstcome/redis";
import { lossOf } from "../domain/closed-gate.ts";
import type { ClosedGate, Decision, Loss } from "../domain/issue-coupon.ts";
import { ReadPace } from "./read-pace.ts";
import { WinnerTable } from "./winner-table.ts";

/**
 * For how long a view is believed, in ms from before it was asked for: nothing told from memory is older. It leaves room
 * for two refreshes that fail, and for the time to answer, within the promised second.
 */
const BELIEVED_MS = 900;
/** After so long without a question, half of those before it count, in ms: a crowd counts for some seconds. */
const HALF_LIFE_MS = 5_000;
/** How far two clocks come apart within that time, in ms, while they are corrected: twice what NTP allows itself. */
const MAX_DRIFT_MS = 1;

/**
 * What is remembered of one coupon. Times are ms of a clock that only goes forward, unless they say otherwise.
 *
 * It answers only while the last view of its gate is believed, that view is of a closed gate, and the winners are those of
 * that view.
 */
export class RememberedCoupon implements ClosedGate {
  readonly #tellsWinners: boolean;
  readonly #told: (outcome: Decision["outcome"]) => void;
  #loss: Loss | undefined;
  #believedUntil = Number.NEGATIVE_INFINITY;
  /** Views that were not asked for after this are out of date. */
  #newest = Number.NEGATIVE_INFINITY;
  #view: GateView | undefined;
  #settled = false;
  #winners: { readonly are: string; readonly table: WinnerTable } | undefined;
  readonly pace = new ReadPace();
  #askedAt = Number.NEGATIVE_INFINITY;
  #turnedAway = 0;
  #demand = 0;
  #askedSince = 0;
  #weighedAt = 0;

  /**
   * @param options.tellsWinners false: winners are left to the gate
   * @param options.told told of every answer
   */
  constructor(options: { tellsWinners: boolean; told: (outcome: Decision["outcome"]) => void }) {
    this.#tellsWinners = options.tellsWinners;
    this.#told = options.told;
  }

  answersAt(now: number): boolean {
    return now < this.#believedUntil;
  }

  asked(now: number): void {
    this.#askedAt = now;
  }

  /** When it was last asked for while it was closed, here or at the gate. */
  get askedAt(): number {
    return this.#askedAt;
  }

  /** How many users have asked lately, the longer ago the less they count. */
  get demand(): number {
    return this.#demand + this.#askedSince;
  }

  /** Brings the demand up to date: costs more than a question should. */
  weigh(now: number): void {
    this.#demand = this.#demand * 0.5 ** ((now - this.#weighedAt) / HALF_LIFE_MS) + this.#askedSince;
    this.#askedSince = 0;
    this.#weighedAt = now;
  }

  /** The gate itself had to answer so many users to whom it had nothing to give. */
  turnedAway(users: number, now: number): void {
    this.#turnedAway += users;
    this.#askedSince += users;
    this.#askedAt = now;
  }

  /** To be asked only at a time when it answers. */
  answer(userId: string): Decision | undefined {
    this.#askedSince += 1;
    const win = this.#winners?.table.find(userId);
    if (win && !this.#tellsWinners) return undefined;
    const decision: Decision | undefined = win ? { outcome: "ALREADY_ISSUED", ...win } : this.#loss;
    if (decision) this.#told(decision.outcome);
    return decision;
  }

  /** Something has changed at the gate: only a view that is asked for from now on is believed. */
  doubt(now: number): void {
    this.#newest = now;
    this.#believedUntil = Number.NEGATIVE_INFINITY;
  }

  /** Takes in how the gate stands; `askedAt` is when that was asked for, not when the answer came. */
  see(view: GateView | "NOT_LOADED", askedAt: number): void {
    if (askedAt <= this.#newest) return;
    this.#newest = askedAt;
    this.#believedUntil = Number.NEGATIVE_INFINITY;
    if (view === "NOT_LOADED") {
      this.#view = this.#winners = this.#loss = undefined;
      return;
    }
    this.#loss = lossOf(view, view.readAt);
    this.#settled = isFinal(this.#loss) || view.winnersAre === this.#view?.winnersAre;
    this.#view = view;
    if (this.#winners?.are !== view.winnersAre) this.#winners = undefined;
    // No number given: nobody has won.
    if (view.nextNo === 1) this.#winners ??= { are: view.winnersAre, table: new WinnerTable(0) };
    if (this.#loss && this.#winners) this.#believedUntil = believedUntil(this.#loss, view, askedAt);
  }

  /** Takes over the winners that were read between two views, if they are still the same. */
  learn(winnersAre: string, table: WinnerTable, view: GateView | "NOT_LOADED", askedAt: number): boolean {
    if (view !== "NOT_LOADED" && view.winnersAre === winnersAre) this.#winners = { are: winnersAre, table };
    this.see(view, askedAt);
    return this.#winners?.table === table;
  }

  /** The view of which the winners are to be read. Undefined: they are known, still change, or are not worth it yet. */
  get wanted(): GateView | undefined {
    if (!this.#view || !this.#loss || this.#winners || !this.#settled) return undefined;
    return this.#turnedAway * WINNERS_PER_USER >= this.#view.nextNo - 1 ? this.#view : undefined;
  }

  /** It is sold out or finished: winners are not added any more, unless by an operator. */
  get isFinal(): boolean {
    return isFinal(this.#loss);
  }

  get isOpen(): boolean {
    return this.#view !== undefined && this.#loss === undefined;
  }

  get winners(): number {
    return this.#winners?.table.size ?? 0;
  }

  get bytes(): number {
    return BYTES + (this.#winners?.table.bytes ?? 0);
  }
}

/**
 * Reading so many winners costs Redis about as much as turning one user away: some 0.5 µs a winner; a user 4 µs in batches
 * of 64, and 30 alone. So a reading costs no more than was spent before it, and where only stragglers ask there is none.
 */
const WINNERS_PER_USER = 20;

/** What a coupon takes without its winners, roughly. */
const BYTES = 1_024;

function isFinal(loss: Loss | undefined): boolean {
  return loss?.outcome === "SOLD_OUT" || loss?.outcome === "FINISHED";
}

/**
 * Nobody is told NOT_OPEN once the gate is open: since its clock was read it has gone on, by at most the time since the view
 * was asked for.
 */
function believedUntil(loss: Loss, view: GateView, askedAt: number): number {
  const untilOpen = loss.outcome === "NOT_OPEN" ? loss.opensAt - view.readAt - MAX_DRIFT_MS : Number.POSITIVE_INFINITY;
  return askedAt + Math.min(BELIEVED_MS, untilOpen);
}
