import type { Log } from "./log.ts";
import type { GateStanding, Winner } from "./gate-standing.ts";
import { findLostNumbers, type NumberWhereabouts } from "./lost-numbers.ts";

export interface RecoverDeps extends NumberWhereabouts {
  readonly handoffRecords: NumberWhereabouts["handoffRecords"] & {
    /** Those of the numbers that are given up, each with the users whose claim to it is. */
    givenUp(couponId: string, issueNos: readonly number[]): Promise<ReadonlyMap<number, readonly string[]>>;
    /** Gives up numbers of which nobody knows the winner. */
    giveUp(couponId: string, issueNos: readonly number[]): Promise<void>;
    /** Puts winners on their way once more. Returns how many; the gate does not know the others with that number. */
    handOffAgain(couponId: string, winners: readonly Winner[]): Promise<number>;
  };
  readonly log: Log;
  readonly onLost: {
    /** Numbers that were lost and are on their way again. */
    handedOffAgain(numbers: number): void;
    /** Numbers that were lost and of which nobody knows the winner. */
    beyondRecovery(numbers: number): void;
  };
}

/** What became of a coupon's numbers. SETTLED: each is a row or given up, so nothing more will come. */
export type Recovery = "SETTLED" | "OPEN";

/**
 * Finds the lost numbers of one coupon again and again, and hands them off anew: what somebody deleted from the hand-off, or a
 * database that came back with older data has forgotten. What cannot be found is given up, and told once.
 */
export class NumberRecovery {
  readonly #deps: RecoverDeps;
  readonly #couponId: string;
  /** Numbers that are given up: nobody else is known to have one of them. */
  readonly #givenUp = new Set<number>();
  /** Where the next pass goes on, since one has a bound. */
  #after = 0;

  constructor(deps: RecoverDeps, couponId: string) {
    this.#deps = deps;
    this.#couponId = couponId;
  }

  /** @param upTo numbers that the gate had given some time ago */
  async run(gate: GateStanding, upTo: number): Promise<Recovery> {
    const after = this.#after;
    const search = await findLostNumbers(this.#deps, this.#couponId, { after, upTo, known: this.#givenUp });
    this.#after = search.next ?? 0;
    const recovered = search.lost.length > 0 ? await this.#recover(gate, search.lost) : 0;
    const all = after === 0 && search.next === undefined;
    return all && !search.underWay && recovered === 0 ? "SETTLED" : "OPEN";
  }

  /** Returns how many are on their way again. */
  async #recover(gate: GateStanding, lost: readonly number[]): Promise<number> {
    const { log, onLost, handoffRecords } = this.#deps;
    const couponId = this.#couponId;
    const givenUp = await handoffRecords.givenUp(couponId, lost);
    const winners = await winnersOf(gate, new Set(lost), givenUp);
    const recovered = await handoffRecords.handOffAgain(couponId, [...winners.values()]);
    if (recovered > 0) {
      onLost.handedOffAgain(recovered);
      const numbers = [...winners.keys()].slice(0, SHOWN);
      log.error({ couponId, count: recovered, numbers }, "accepted numbers were lost and are handed off again");
    }
    await this.#giveUp(lost.filter((no) => !winners.has(no) && !givenUp.has(no)));
    for (const no of lost) if (!winners.has(no)) this.#givenUp.add(no);
    return recovered;
  }

  async #giveUp(gone: readonly number[]): Promise<void> {
    if (gone.length === 0) return;
    const { log, onLost, handoffRecords } = this.#deps;
    const couponId = this.#couponId;
    await handoffRecords.giveUp(couponId, gone);
    onLost.beyondRecovery(gone.length);
    const numbers = gone.slice(0, SHOWN);
    log.error({ couponId, count: gone.length, numbers }, "numbers are lost, and nobody knows who has won them");
  }
}

/**
 * By number, those whose claim is not given up. Of two users with one number, which only a gate with older data gives, the one
 * who was first.
 */
async function winnersOf(
  gate: GateStanding,
  lost: ReadonlySet<number>,
  givenUp: ReadonlyMap<number, readonly string[]>,
): Promise<Map<number, Winner>> {
  const found = new Map<number, Winner>();
  for await (const page of gate.winners()) {
    for (const winner of page) {
      const { issueNo, userId } = winner;
      if (!lost.has(issueNo) || givenUp.get(issueNo)?.includes(userId)) continue;
      const other = found.get(issueNo);
      if (!other || winner.acceptedAt < other.acceptedAt) found.set(issueNo, winner);
    }
  }
  return found;
}

/** Numbers in a line of the log. */
const SHOWN = 10;
