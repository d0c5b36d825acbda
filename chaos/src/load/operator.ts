import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { CallEntry } from "../history/entry.ts";
import { deal, type Random } from "../random.ts";
import type { CallersClient } from "../stage/stage.ts";
import { OperatorCalls, type Outcome } from "./operator-calls.ts";
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
  /** From when on coupons are finished, epoch ms: while most of the rush is on, none ends before it is sold out. */
  readonly finishFrom: number;
}

type Operation = "add stock" | "pause" | "grant" | "revoke" | "redrive" | "rebuild" | "finish";

/** What operators do, each of it in turn and as often as it is here. */
const OPERATIONS: readonly Operation[] = [
  ...repeat("add stock", 5),
  ...repeat("pause", 5),
  ...repeat("grant", 4),
  ...repeat("revoke", 3),
  "redrive",
  "rebuild",
];
const LATE_OPERATIONS: readonly Operation[] = [...OPERATIONS, "finish", "finish"];

const REST_MS = { least: 200, most: 1_000 };
const PAUSE_MS = { least: 200, most: 1_000 };
const PIECES = { least: 1, most: 200 };
const GIVEN_AT_ONCE = { least: 1, most: 20 };

/** Somebody who runs the sale while it is on, until told to stop: changes the coupons that users rush for. */
export class Operator {
  /** Dead letters that were put back. */
  redriven = 0;
  readonly #spec: OperatorSpec;
  readonly #calls: OperatorCalls;
  readonly #acting: Promise<void>;
  #over = false;
  readonly #paused = new Set<SaleCoupon>();
  #given = 0;
  #unsettled = 0;

  constructor(spec: OperatorSpec) {
    this.#spec = spec;
    this.#calls = new OperatorCalls(spec);
    this.#acting = this.#act();
    // An error is thrown where the operator is ended, when the stage can be disposed of.
    this.#acting.catch(() => undefined);
  }

  /**
   * Nothing more is begun; resolves when all that must be known is: every pause is over, all stock is added or refused, what
   * shall be finished is, and dead letters are put back once more.
   *
   * @returns how much of that is not known although all was well again
   * @throws what kept the operator from going on
   */
  async end(): Promise<number> {
    this.#over = true;
    await this.#acting;
    // A pause that was given up may have come to pass after the coupon was resumed.
    await Promise.all([...this.#paused].map((coupon) => this.#resume(coupon)));
    await this.redrive();
    return this.#unsettled;
  }

  /** When the run is given up: nothing more is begun, and nothing made whole; resolves when the last call is over. */
  async stop(): Promise<void> {
    this.#over = true;
    await Promise.allSettled([this.#acting]);
  }

  /** Puts back whatever dead letters there are. */
  async redrive(): Promise<void> {
    let some = false;
    await this.#untilKnown(() =>
      this.#calls.ask({ call: "ListDeadLetters" }, async ({ dispatchAdmin }, options) => {
        const { deadLetters } = await dispatchAdmin.listDeadLetters({}, options);
        some = deadLetters.length > 0;
      }),
    );
    if (!some) return;
    await this.#untilKnown(() =>
      this.#calls.ask({ call: "RedriveDeadLetters" }, async ({ dispatchAdmin }, options) => {
        let soFar = 0;
        for await (const { redriven } of dispatchAdmin.redriveDeadLetters({}, options)) {
          this.redriven += redriven - soFar;
          soFar = redriven;
        }
      }),
    );
  }

  async #act(): Promise<void> {
    const { random, finishFrom } = this.#spec;
    const early = deal(OPERATIONS, random);
    const late = deal(LATE_OPERATIONS, random);
    while (!this.#over) {
      await this.#do((Date.now() < finishFrom ? early : late).next().value);
      await sleep(random.between(REST_MS.least, REST_MS.most));
    }
  }

  async #do(operation: Operation): Promise<void> {
    const coupon = this.#spec.sale.any();
    switch (operation) {
      case "add stock":
        return this.#addStock(coupon);
      case "pause":
        return this.#pause(coupon);
      case "grant":
        return this.#grant(coupon);
      case "revoke":
        return this.#revoke();
      case "redrive":
        return this.redrive();
      case "rebuild":
        return this.#rebuild(coupon);
      case "finish":
        return this.#finish(coupon);
      default:
        return operation satisfies never;
    }
  }

  async #rebuild({ couponId }: SaleCoupon): Promise<void> {
    await this.#calls.ask({ call: "RebuildGate", couponId }, ({ couponAdmin }, options) =>
      couponAdmin.rebuildGate({ couponId }, options),
    );
  }

  /** And tries to change it all the same. */
  async #finish(coupon: SaleCoupon): Promise<void> {
    const { couponId } = coupon;
    await this.#untilKnown(() =>
      this.#calls.ask({ call: "FinishCoupon", couponId }, ({ couponAdmin }, options) =>
        couponAdmin.finishCoupon({ couponId }, options),
      ),
    );
    await (this.#spec.random.chance(0.5) ? this.#addStock(coupon) : this.#pause(coupon));
  }

  async #addStock(coupon: SaleCoupon): Promise<void> {
    const { random } = this.#spec;
    const { couponId } = coupon;
    const quantity = random.between(PIECES.least, PIECES.most);
    // The same for every attempt, so that it is added once.
    const requestId = randomUUID();
    const outcome = await this.#untilKnown((firstAskedAt) =>
      this.#calls.ask({ call: "AddStock", couponId, firstAskedAt }, ({ couponAdmin }, options) =>
        couponAdmin.addStock({ couponId, requestId, quantity }, options),
      ),
    );
    if (outcome !== "DONE") return;
    coupon.quantity += quantity;
    coupon.stockedAt = Date.now();
    coupon.over = 0;
  }

  async #pause(coupon: SaleCoupon): Promise<void> {
    const { random } = this.#spec;
    const { couponId } = coupon;
    this.#paused.add(coupon);
    await this.#calls.ask({ call: "PauseCoupon", couponId }, ({ couponAdmin }, options) =>
      couponAdmin.pauseCoupon({ couponId }, options),
    );
    await sleep(random.between(PAUSE_MS.least, PAUSE_MS.most));
    await this.#resume(coupon);
  }

  async #resume({ couponId }: SaleCoupon): Promise<void> {
    await this.#untilKnown(() =>
      this.#calls.ask({ call: "ResumeCoupon", couponId }, ({ couponAdmin }, options) =>
        couponAdmin.resumeCoupon({ couponId }, options),
      ),
    );
  }

  async #grant({ couponId }: SaleCoupon): Promise<void> {
    const { name, random, clients, hear } = this.#spec;
    const count = random.between(GIVEN_AT_ONCE.least, GIVEN_AT_ONCE.most);
    const userIds = Array.from({ length: count }, () => `given-by-${name}-${(this.#given += 1)}`);
    let had = 0;
    const outcome = await this.#calls.ask({ call: "GrantCoupons", couponId }, async ({ couponAdmin }, options) => {
      const given = await couponAdmin.grantCoupons([{ couponId, userIds }], options);
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
    const { couponId, userId } = winner;
    await this.#calls.ask({ call: "RevokeUserCoupon", couponId, user: userId }, ({ couponAdmin }, options) =>
      couponAdmin.revokeUserCoupon({ couponId, userId, reason: "chaos" }, options),
    );
  }

  /** Again and again while the run lasts; once after it, when everything must answer. */
  async #untilKnown(ask: (firstAskedAt: number) => Promise<Outcome>): Promise<Outcome> {
    const firstAskedAt = Date.now();
    for (;;) {
      const wasOver = this.#over;
      const outcome = await ask(firstAskedAt);
      if (outcome !== "UNKNOWN") return outcome;
      if (!wasOver) continue;
      this.#unsettled += 1;
      return outcome;
    }
  }
}

function repeat(operation: Operation, times: number): Operation[] {
  return Array.from({ length: times }, () => operation);
}
