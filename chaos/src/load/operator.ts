import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { FirstcomeClient } from "@firstcome/client";
import type { CallEntry, OperatorCall } from "../history/entry.ts";
import type { Random } from "../random.ts";
import type { CallersClient } from "../stage/stage.ts";
import { askUntilAnswered, isWorthAskingAgain } from "./ask-again.ts";
import type { Sale, SaleCoupon } from "./sale.ts";

export interface OperatorSpec {
  /** Unlike that of any other operator. */
  readonly name: string;
  readonly clients: readonly CallersClient[];
  readonly sale: Sale;
  /** Users who have won, in the order in which they heard of it; it grows. */
  readonly winners: readonly { readonly couponId: string; readonly userId: string }[];
  readonly random: Random;
  readonly hear: (entry: CallEntry) => void;
}

const REST_MS = { least: 200, most: 1_000 };
const PAUSE_MS = { least: 200, most: 1_000 };
const PIECES = { least: 1, most: 200 };
const GIVEN_AT_ONCE = { least: 1, most: 20 };
/** More than a gate takes to be rebuilt. */
const TIMEOUT_MS = 10_000;
const PATIENCE_MS = 45_000;

/** DONE or REFUSED: it is known what came of it. */
type Outcome = "DONE" | "REFUSED" | "UNKNOWN";

/** Somebody who runs the sale while it is on, until told to stop: changes the coupons that users rush for. */
export class Operator {
  readonly #spec: OperatorSpec;
  readonly #acting: Promise<void>;
  #over = false;
  readonly #paused = new Set<SaleCoupon>();
  #given = 0;
  #unsettled = 0;

  constructor(spec: OperatorSpec) {
    this.#spec = spec;
    this.#acting = this.#act();
    // An error is thrown where the operator is ended, when the stage can be disposed of.
    this.#acting.catch(() => undefined);
  }

  /**
   * Nothing more is begun; resolves when all that must be known is: every pause is over, all stock is added or refused.
   *
   * @returns how much of that is not known although all was well again
   * @throws what kept the operator from going on
   */
  async end(): Promise<number> {
    this.#over = true;
    await this.#acting;
    // A pause that was given up may have come to pass after the coupon was resumed.
    await Promise.all([...this.#paused].map((coupon) => this.#resume(coupon)));
    return this.#unsettled;
  }

  async #act(): Promise<void> {
    const { random, sale } = this.#spec;
    while (!this.#over) {
      const coupon = sale.any();
      const what = random.next();
      if (what < 0.3) await this.#addStock(coupon);
      else if (what < 0.55) await this.#pause(coupon);
      else if (what < 0.75) await this.#grant(coupon);
      else if (what < 0.95) await this.#revoke();
      else
        await this.#ask("RebuildGate", coupon, ({ couponAdmin }, on, options) => couponAdmin.rebuildGate(on, options));
      await sleep(random.between(REST_MS.least, REST_MS.most));
    }
  }

  async #addStock(coupon: SaleCoupon): Promise<void> {
    const { random } = this.#spec;
    const quantity = random.between(PIECES.least, PIECES.most);
    // The same for every attempt, so that it is added once.
    const requestId = randomUUID();
    const outcome = await this.#untilKnown(() =>
      this.#ask("AddStock", coupon, ({ couponAdmin }, on, options) =>
        couponAdmin.addStock({ ...on, requestId, quantity }, options),
      ),
    );
    if (outcome !== "DONE") return;
    coupon.quantity += quantity;
    coupon.stockedAt = Date.now();
    coupon.soldOut = 0;
  }

  async #pause(coupon: SaleCoupon): Promise<void> {
    const { random } = this.#spec;
    this.#paused.add(coupon);
    await this.#ask("PauseCoupon", coupon, ({ couponAdmin }, on, options) => couponAdmin.pauseCoupon(on, options));
    await sleep(random.between(PAUSE_MS.least, PAUSE_MS.most));
    await this.#resume(coupon);
  }

  async #resume(coupon: SaleCoupon): Promise<void> {
    await this.#untilKnown(() =>
      this.#ask("ResumeCoupon", coupon, ({ couponAdmin }, on, options) => couponAdmin.resumeCoupon(on, options)),
    );
  }

  async #grant(coupon: SaleCoupon): Promise<void> {
    const { name, random, clients, hear } = this.#spec;
    const count = random.between(GIVEN_AT_ONCE.least, GIVEN_AT_ONCE.most);
    const userIds = Array.from({ length: count }, () => `given-by-${name}-${(this.#given += 1)}`);
    const { couponId } = coupon;
    let had = 0;
    const outcome = await this.#ask("GrantCoupons", coupon, async ({ couponAdmin }, on, options) => {
      const given = await couponAdmin.grantCoupons([{ ...on, userIds }], options);
      had = given.accepted + given.alreadyIssued;
    });
    // Of some of them nobody is told who they are.
    if (outcome !== "DONE" || had < count) return;
    const [{ via }] = clients as [CallersClient];
    const at = Date.now();
    const entry = { at, askedAt: at, caller: name, via, coupon: couponId, call: "GrantCoupons" } as const;
    for (const user of userIds) hear({ ...entry, user, answer: { outcome: "DONE" } });
  }

  async #revoke(): Promise<void> {
    const { random, winners } = this.#spec;
    const winner = winners.length > 0 ? random.pick(winners) : undefined;
    if (!winner) return;
    const { userId } = winner;
    await this.#ask(
      "RevokeUserCoupon",
      winner,
      ({ couponAdmin }, on, options) => couponAdmin.revokeUserCoupon({ ...on, userId, reason: "chaos" }, options),
      userId,
    );
  }

  /** Again and again while the run lasts; once after it, when everything must answer. */
  async #untilKnown(ask: () => Promise<Outcome>): Promise<Outcome> {
    for (;;) {
      const wasOver = this.#over;
      const outcome = await ask();
      if (outcome !== "UNKNOWN") return outcome;
      if (!wasOver) continue;
      this.#unsettled += 1;
      return outcome;
    }
  }

  async #ask(
    call: OperatorCall,
    { couponId }: { readonly couponId: string },
    ask: (client: FirstcomeClient, on: { couponId: string }, options: { timeoutMs: number }) => Promise<unknown>,
    user = "",
  ): Promise<Outcome> {
    const { name: caller, clients, hear } = this.#spec;
    const at = (attempt: number): CallersClient => clients[attempt % clients.length] as CallersClient;
    let askedAt = 0;
    const heard = (attempt: number, answer: CallEntry["answer"]): void =>
      hear({ at: Date.now(), askedAt, caller, via: at(attempt).via, user, coupon: couponId, call, answer });
    let refused = false;
    const done = await askUntilAnswered(
      async (attempt, timeoutMs) => {
        askedAt = Date.now();
        await ask(at(attempt).client, { couponId }, { timeoutMs });
        // Those who are given it are heard of one by one.
        if (call !== "GrantCoupons") heard(attempt, { outcome: "DONE" });
        return true;
      },
      { timeoutMs: TIMEOUT_MS, until: Date.now() + PATIENCE_MS },
      (failure, attempt) => {
        refused = !isWorthAskingAgain(failure.code);
        heard(attempt, failure);
      },
    );
    if (done) return "DONE";
    return refused ? "REFUSED" : "UNKNOWN";
  }
}
