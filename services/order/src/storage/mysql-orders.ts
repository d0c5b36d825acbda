import {
  claim,
  type Database,
  OrderRepository,
  recall,
  type RequestKey,
  remember,
  transact,
} from "@firstcome/database";
import type { OrderMaker, OrderRequest } from "../domain/create-order.ts";
import type { OrderLock } from "../domain/locked-order.ts";
import type { Order } from "../domain/order.ts";
import { askDatabase } from "./faults.ts";
import { MysqlLockedOrder } from "./mysql-locked-order.ts";
import { scopeOfUser } from "./request-scope.ts";

/** Orders as the database has them. A row is the domain's Order, field by field. */
export class MysqlOrders implements OrderMaker, OrderLock {
  readonly #db: Database;
  readonly #onLetters: () => void;

  /** @param onLetters told when a transaction with letters is committed */
  constructor(db: Database, onLetters: () => void) {
    this.#db = db;
    this.#onLetters = onLetters;
  }

  find(orderId: string): Promise<Order | undefined> {
    return askDatabase(() => this.#repository().find(orderId));
  }

  /** Newest first. `before` is the last id of the page before. */
  page(userId: string, page: { before?: string | undefined; limit: number }): Promise<Order[]> {
    return askDatabase(() => this.#repository().page(userId, page));
  }

  /** What was paid on a business day and is not cancelled, by id. `after` is the last id of the page before. */
  pageOfDay(day: string, page: { after?: string | undefined; limit: number }): Promise<Order[]> {
    return askDatabase(() => this.#repository().pageOfDay(day, page));
  }

  /** Ids of the orders created before a moment (epoch ms) that are neither paid nor cancelled, by id, in pages. */
  async *unpaid(createdBefore: number): AsyncIterable<string> {
    for (let after: string | undefined; ;) {
      const page = { after, limit: PAGE };
      const ids = await askDatabase(() => this.#repository().pageUnpaid(createdBefore, page));
      yield* ids;
      after = ids.at(-1);
      if (ids.length < PAGE) return;
    }
  }

  recall: OrderMaker["recall"] = (request) =>
    askDatabase(async () => {
      const em = this.#db.em();
      const recalled = await recall(em, keyOf(request));
      if (recalled.kind === "FIRST") return undefined;
      if (recalled.kind === "REUSED") return { kind: "REQUEST_ID_REUSED" };
      return { kind: "CREATED", order: await existing(new OrderRepository(em), recalled.resourceId) };
    });

  create: OrderMaker["create"] = (request, order) =>
    askDatabase(() =>
      transact(this.#db, async (em) => {
        const orders = new OrderRepository(em);
        const key = keyOf(request);
        const claimed = await claim(em, key);
        if (claimed.kind === "REUSED") return { kind: "REQUEST_ID_REUSED" };
        if (claimed.kind === "REPEATED") return { kind: "CREATED", order: await existing(orders, claimed.resourceId) };
        const row = await orders.insert(order);
        await remember(em, key, row.id);
        return { kind: "CREATED", order: row };
      }),
    );

  withLock: OrderLock["withLock"] = (orderId, work) =>
    askDatabase(async () => {
      let wroteLetters = false;
      try {
        const answer = await transact(this.#db, async (em) => {
          const order = await new OrderRepository(em).lock(orderId);
          if (!order) return undefined;
          const locked = new MysqlLockedOrder(em, order);
          const ending = await work(locked);
          if (!ending.commit) throw new RolledBack(ending.answer);
          ({ wroteLetters } = locked);
          return ending.answer;
        });
        if (wroteLetters) this.#onLetters();
        return answer;
      } catch (error) {
        if (error instanceof RolledBack) return error.answer;
        throw error;
      }
    });

  #repository(): OrderRepository {
    return new OrderRepository(this.#db.em());
  }
}

const PAGE = 200;

/** Carries an answer out of a transaction that is to leave nothing behind. */
class RolledBack<T> extends Error {
  readonly answer: T;

  constructor(answer: T) {
    super("rolled back on purpose");
    this.answer = answer;
  }
}

function keyOf({ requestId, wish }: OrderRequest): RequestKey {
  const { userId, items, couponId = "0" } = wish;
  return { scope: scopeOfUser("CreateOrder", userId), requestId, content: { items, couponId } };
}

async function existing(orders: OrderRepository, id: string): Promise<Order> {
  const order = await orders.find(id);
  if (!order) throw new Error(`order ${id} was created and is not there`);
  return order;
}
