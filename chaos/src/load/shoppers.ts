import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../random.ts";
import type { Buyer, OrderCalls } from "./order-calls.ts";

const SHOPPERS = 6;
const REST_MS = { least: 20, most: 200 };

export interface ShoppingSpec {
  readonly calls: OrderCalls;
  readonly productIds: readonly string[];
  /** Users who have won, in the order in which they heard of it; it grows. */
  readonly winners: readonly { readonly couponId: string; readonly userId: string }[];
  readonly random: Random;
}

/** Winners who go shopping, until it is ended: they pay twice, change their minds, and try to use one coupon twice. */
export class Shopping {
  /** Orders whose cancellation was asked for, whatever came of it. */
  readonly cancelAsked = new Set<string>();
  readonly #spec: ShoppingSpec;
  readonly #shoppers: Promise<void>[];
  #next = 0;
  #over = false;

  constructor(spec: ShoppingSpec) {
    this.#spec = spec;
    this.#shoppers = Array.from({ length: SHOPPERS }, (_, i) => this.#comeAndGo(`shopper-${i + 1}`));
    // An error is thrown where the shopping is ended, when the stage can be disposed of.
    Promise.all(this.#shoppers).catch(() => undefined);
  }

  /**
   * Nobody begins to shop any more; resolves when the last order is settled.
   *
   * @throws what kept a shopper from going on
   */
  async end(): Promise<void> {
    this.#over = true;
    await Promise.all(this.#shoppers);
  }

  /** As {@link end} when the run is given up: resolves when the last one has gone, whatever came of it. */
  async stop(): Promise<void> {
    this.#over = true;
    await Promise.allSettled(this.#shoppers);
  }

  async #comeAndGo(caller: string): Promise<void> {
    const { random } = this.#spec;
    while (!this.#over) {
      const buyer = this.#nextBuyer(caller);
      if (buyer) await this.#shop(buyer);
      await sleep(random.between(REST_MS.least, REST_MS.most));
    }
  }

  async #shop(buyer: Buyer): Promise<void> {
    const kind = this.#spec.random.next();
    if (kind < 0.15) await this.#twoOrders(buyer);
    else await this.#oneOrder(kind < 0.3 ? { ...buyer, couponId: "0" } : buyer);
  }

  async #oneOrder(buyer: Buyer): Promise<void> {
    const { calls, random } = this.#spec;
    const orderId = await calls.create(buyer, randomUUID(), this.#cart());
    if (orderId === undefined) return;
    const requestId = randomUUID();
    // As one who clicks again does.
    const clicks = random.chance(0.15) ? 2 : 1;
    if (random.chance(0.9)) {
      await Promise.all(Array.from({ length: clicks }, () => calls.pay(buyer, requestId, orderId)));
    }
    if (random.chance(0.2)) await this.#cancel(buyer, orderId);
  }

  /** Two orders with one coupon, paid at once: one of them gets it. The other is given up, and then sometimes the first. */
  async #twoOrders(buyer: Buyer): Promise<void> {
    const { calls, random } = this.#spec;
    const orders = await Promise.all([1, 2].map(() => calls.create(buyer, randomUUID(), this.#cart())));
    const made = orders.filter((orderId) => orderId !== undefined);
    const paid = await Promise.all(made.map((orderId) => calls.pay(buyer, randomUUID(), orderId)));
    for (const [i, orderId] of made.entries()) {
      if (!paid[i] || random.chance(0.2)) await this.#cancel(buyer, orderId);
    }
  }

  async #cancel(buyer: Buyer, orderId: string): Promise<void> {
    this.cancelAsked.add(orderId);
    await this.#spec.calls.cancel(buyer, orderId);
  }

  #nextBuyer(caller: string): Buyer | undefined {
    const { winners, random } = this.#spec;
    // Most winners do not shop, those of long ago least of all: the order service is not what the rush is for.
    const nth = Math.max(this.#next, winners.length - 50) + random.between(0, 3);
    const winner = winners[nth];
    if (winner) this.#next = nth + 1;
    return winner && { caller, ...winner };
  }

  #cart(): { productId: string; quantity: number }[] {
    const { productIds, random } = this.#spec;
    const products = random.shuffled(productIds).slice(0, random.between(1, 3));
    return products.map((productId) => ({ productId, quantity: random.between(1, 3) }));
  }
}
