import {
  claim,
  OrderRepository,
  OutboxRepository,
  ProductRepository,
  readDatabaseClock,
  type RequestKey,
  remember,
  type UnitOfWork,
} from "@firstcome/database";
import type { LockedOrder } from "../domain/locked-order.ts";
import type { Letter } from "../domain/messages.ts";
import type { Order } from "../domain/order.ts";
import { toOutboxRow } from "./outbox-row.ts";
import { scopeOfUser } from "./request-scope.ts";

/** An order within the transaction that holds its row's lock. */
export class MysqlLockedOrder implements LockedOrder {
  readonly order: Order;
  wroteLetters = false;
  readonly #em: UnitOfWork;

  constructor(em: UnitOfWork, order: Order) {
    this.#em = em;
    this.order = order;
  }

  databaseNow(): Promise<number> {
    return readDatabaseClock(this.#em);
  }

  async claimPayment(requestId: string): Promise<"CLAIMED" | "REQUEST_ID_REUSED"> {
    const { id: orderId, userId } = this.order;
    const key: RequestKey = { scope: scopeOfUser("PayOrder", userId), requestId, content: { orderId } };
    const claimed = await claim(this.#em, key);
    if (claimed.kind === "REUSED") return "REQUEST_ID_REUSED";
    if (claimed.kind === "FIRST") await remember(this.#em, key, orderId);
    return "CLAIMED";
  }

  async write(order: Order, letters: readonly Letter[] = []): Promise<void> {
    await new OrderRepository(this.#em).update(order);
    await new OutboxRepository(this.#em).append(letters.map(toOutboxRow));
    this.wroteLetters ||= letters.length > 0;
  }

  async takeStock(): Promise<{ missing: string } | undefined> {
    const products = new ProductRepository(this.#em);
    // By product id, as everywhere: those who want the same products queue for the first and cannot deadlock.
    for (const { productId, quantity } of this.order.items) {
      if (!(await products.take(productId, quantity))) return { missing: productId };
    }
    return undefined;
  }

  async giveStockBack(): Promise<void> {
    const products = new ProductRepository(this.#em);
    for (const { productId, quantity } of this.order.items) {
      if (!(await products.add(productId, quantity))) throw new Error(`product ${productId} is not there`);
    }
  }
}
