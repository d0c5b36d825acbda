import { randomUUID } from "node:crypto";
import type { FirstcomeClient } from "@firstcome/client";
import type { Random } from "../random.ts";
import { askUntilAnswered } from "./ask-again.ts";

/** A coupon that users rush for, or have rushed for. */
export interface SaleCoupon {
  readonly couponId: string;
  /** With all that was added. */
  quantity: number;
  /** When an operator was last told that stock was added, epoch ms; undefined: never. */
  stockedAt: number | undefined;
  /** Users who have begun to ask. */
  asked: number;
  /** Answers that said it is sold out, or finished. */
  over: number;
}

/** By then it is over for good, and has been for several callers of each service. */
const ENOUGH_LOSERS = 40;
const PATIENCE_MS = 60_000;

/** Keeps several coupons open at a time: one that is sold out or finished makes room for a new one. */
export class Sale {
  /** Every coupon of the run. */
  readonly coupons: SaleCoupon[] = [];
  #open: SaleCoupon[] = [];
  readonly #atATime: number;
  readonly #clients: readonly FirstcomeClient[];
  readonly #random: Random;
  #opening: Promise<void> | undefined;
  #over = false;

  constructor(spec: { clients: readonly FirstcomeClient[]; atATime: number; random: Random }) {
    this.#clients = spec.clients;
    this.#atATime = spec.atATime;
    this.#random = spec.random;
  }

  /** @throws when the first ones cannot be opened */
  async begin(): Promise<void> {
    for (let i = 0; i < this.#atATime; i++) {
      if (!(await this.#openOne())) throw new Error("no coupon could be opened");
    }
  }

  /** One of those that are open. */
  any(): SaleCoupon {
    return this.#random.pick(this.#open);
  }

  /** Somebody was told that it is sold out, or finished. */
  noteOver(coupon: SaleCoupon): void {
    coupon.over += 1;
    // One at a time; the old one stays until the new one is there, so that there is always something to rush for.
    if (this.#over || coupon.over < ENOUGH_LOSERS || !this.#open.includes(coupon)) return;
    this.#opening ??= this.#replace(coupon).finally(() => (this.#opening = undefined));
  }

  /** Resolves when no coupon is being opened. */
  async settled(): Promise<void> {
    await this.#opening;
  }

  /** When the run is given up: no coupon is opened any more; resolves when none is being opened, whatever came of it. */
  async stop(): Promise<void> {
    this.#over = true;
    await Promise.allSettled([this.#opening]);
  }

  async #replace(coupon: SaleCoupon): Promise<void> {
    if (await this.#openOne()) this.#open = this.#open.filter((open) => open !== coupon);
  }

  async #openOne(): Promise<boolean> {
    const requestId = randomUUID();
    const quantity = this.#random.between(300, 1_500);
    const created = await askUntilAnswered(
      (attempt, timeoutMs) => {
        const client = this.#clients[attempt % this.#clients.length] as FirstcomeClient;
        const discount = { kind: { case: "percentOff" as const, value: 10 } };
        return client.couponAdmin.createCoupon({ requestId, name: "chaos", quantity, discount }, { timeoutMs });
      },
      { timeoutMs: 5_000, until: Date.now() + PATIENCE_MS },
      () => undefined,
    );
    if (!created?.coupon) return false;
    const coupon = { couponId: created.coupon.id, quantity, stockedAt: undefined, asked: 0, over: 0 };
    this.coupons.push(coupon);
    this.#open.push(coupon);
    return true;
  }
}
