import { setTimeout as sleep } from "node:timers/promises";
import type { IssueAnswer } from "@firstcome/client";
import type { CallEntry } from "../history/entry.ts";
import type { Random } from "../random.ts";
import { askForCoupon } from "./callers.ts";
import type { Sale, SaleCoupon } from "./sale.ts";
import type { Way } from "./ways.ts";

/** Visitors at a time, and how long each rests after a visit: some hundred calls a second while all is well. */
const VISITORS = 16;
const REST_MS = { least: 5, most: 60 };
const PATIENT_MS = 30_000;
const ATTEMPT_MS = { least: 500, most: 5_000 };
/** More than a coupon service may take to see that a coupon goes on: it never goes by a look older than a second. */
const RESUMED_MS = 5_000;
/** More than it takes to ask everybody once more when all is well: 20 000 calls. */
const LAST_PATIENCE_MS = 60_000;
/** Leaves before there is an answer, more often than not while something is broken. */
const HASTY_MS = { least: 20, most: 250 };
/** Of those who have won, or left without an answer: as many as are asked to come back. */
const REMEMBERED = 5_000;

export interface RushSpec {
  readonly ways: readonly Way[];
  readonly sale: Sale;
  readonly random: Random;
  readonly hear: (entry: CallEntry) => void;
}

interface Visit {
  readonly coupon: SaleCoupon;
  readonly userId: string;
}

/**
 * A rush that goes on until it is ended: visitors who each want a coupon, and who ask in all the ways in which real ones do.
 * A user is the same person at every coupon.
 */
export class Rush {
  readonly #spec: RushSpec;
  readonly #visitors: Promise<void>[];
  #over = false;
  /** Those who have an answer: they ask again, some of them long after. */
  readonly #answered: Visit[] = [];
  /** Those who went away without one. */
  readonly #left: Visit[] = [];

  constructor(spec: RushSpec) {
    this.#spec = spec;
    this.#visitors = Array.from({ length: VISITORS }, (_, i) => this.#comeAndGo(`visitor-${i + 1}`));
    // An error is thrown where the rush is ended, when the stage can be disposed of.
    Promise.all(this.#visitors).catch(() => undefined);
  }

  /**
   * Nobody comes any more; resolves when the last one has gone.
   *
   * @throws what kept a visitor from going on
   */
  async end(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#visitors);
  }

  /** As {@link end} when the run is given up: resolves when the last one has gone, whatever came of it. */
  async stop(): Promise<void> {
    this.#over = true;
    await Promise.allSettled(this.#visitors);
  }

  /**
   * When all is well again and no coupon is paused any more: everyone who left without an answer comes back, and many who had
   * one; each at every door.
   *
   * @param patienceMs of all of them together: whose turn has not come by then gets no answer
   * @returns how many still got no answer; that the coupon is paused is none
   */
  async askOnceMore(patienceMs = LAST_PATIENCE_MS): Promise<number> {
    const { random, ways } = this.#spec;
    const again = [...this.#left, ...random.shuffled(this.#answered).slice(0, 500)];
    // One moment for all of them, so that a gate that stays paused is waited for once.
    const by = { resumed: Date.now() + RESUMED_MS, answered: Date.now() + patienceMs };
    let answered = 0;
    let next = 0;
    const asker = async (nth: number): Promise<void> => {
      for (let visit = again[next++]; visit !== undefined && Date.now() < by.answered; visit = again[next++]) {
        const answers = await Promise.all(ways.map((_, way) => this.#askResumed(`last-${nth}`, visit, way, by)));
        if (!answers.includes(false)) answered += 1;
      }
    };
    await Promise.all(Array.from({ length: VISITORS }, (_, nth) => asker(nth + 1)));
    return again.length - answered;
  }

  async #comeAndGo(caller: string): Promise<void> {
    const { random } = this.#spec;
    while (!this.#over) {
      await this.#visit(caller);
      await sleep(random.between(REST_MS.least, REST_MS.most));
    }
  }

  async #visit(caller: string): Promise<void> {
    const { random, ways } = this.#spec;
    const way = random.between(0, ways.length - 1);
    const kind = random.next();
    if (kind < 0.55) await this.#ask(caller, this.#newcomer(), way, PATIENT_MS);
    else if (kind < 0.7) await this.#twice(caller, this.#newcomer(), way);
    else if (kind < 0.75) await this.#crowd(caller);
    else if (kind < 0.8) await this.#ask(caller, this.#newcomer(), way, random.between(HASTY_MS.least, HASTY_MS.most));
    else await this.#ask(caller, this.#comesBack(), way, PATIENT_MS);
  }

  /** The same user at once at several doors, as with two tabs open. */
  async #twice(caller: string, visit: Visit, way: number): Promise<void> {
    const doors = this.#spec.random.between(2, this.#spec.ways.length);
    await Promise.all(Array.from({ length: doors }, (_, i) => this.#ask(caller, visit, way + i, PATIENT_MS)));
  }

  /** A front end that has many users at once. */
  async #crowd(caller: string): Promise<void> {
    const { random, ways } = this.#spec;
    const way = random.between(ways.length / 2, ways.length - 1);
    const users = Array.from({ length: random.between(20, 60) }, () => this.#newcomer());
    await Promise.all(users.map((visit) => this.#ask(caller, visit, way, PATIENT_MS)));
  }

  #newcomer(): Visit {
    const coupon = this.#spec.sale.any();
    coupon.asked += 1;
    return { coupon, userId: `user-${coupon.asked}` };
  }

  #comesBack(): Visit {
    const { random } = this.#spec;
    const from = this.#left.length > 0 && random.chance(0.2) ? this.#left : this.#answered;
    return from.length > 0 ? random.pick(from) : this.#newcomer();
  }

  /** @returns whether there was an answer of a coupon that is not paused */
  async #askResumed(
    caller: string,
    visit: Visit,
    way: number,
    by: { readonly resumed: number; readonly answered: number },
  ): Promise<boolean> {
    for (;;) {
      const answer = await this.#ask(caller, visit, way, Math.min(PATIENT_MS, by.answered - Date.now()));
      if (answer?.outcome !== "PAUSED") return answer !== undefined;
      if (Date.now() >= by.resumed) return false;
      await sleep(REST_MS.most);
    }
  }

  /** @returns undefined: there was none in time */
  async #ask(caller: string, visit: Visit, firstWay: number, patienceMs: number): Promise<IssueAnswer | undefined> {
    const { random, ways, sale, hear } = this.#spec;
    const { coupon, userId } = visit;
    const { couponId } = coupon;
    const patience = {
      timeoutMs: random.between(ATTEMPT_MS.least, ATTEMPT_MS.most),
      until: Date.now() + patienceMs,
    };
    const answer = await askForCoupon(ways, { caller, couponId, userId, firstWay, patience }, hear);
    if (answer?.outcome === "SOLD_OUT" || answer?.outcome === "FINISHED") sale.noteOver(coupon);
    this.#remember(answer ? this.#answered : this.#left, visit);
    return answer;
  }

  #remember(among: Visit[], visit: Visit): void {
    if (among.length < REMEMBERED) among.push(visit);
    else among[this.#spec.random.between(0, REMEMBERED - 1)] = visit;
  }
}
