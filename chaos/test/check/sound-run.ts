import type { IssueAnswer } from "@firstcome/client";
import { issueRows, migrate, openDatabase } from "@firstcome/database";
import { Gate, SalesRanking } from "@firstcome/redis";
import { silentLogger } from "@firstcome/runtime";
import { testDatabase, testRedis } from "@firstcome/testkit";
import { onTestFinished } from "vitest";
import { checkRun, type RunCheck } from "../../src/check/check-run.ts";
import { openWitnesses, type Witnesses } from "../../src/check/witnesses.ts";
import type { Answer, Call, OperatorAnswer, OperatorCall } from "../../src/history/entry.ts";
import { Heard } from "../../src/history/heard.ts";

export const COUPON = "7";
/** No other coupon holds the ones who get it. */
export const QUANTITY = 4;
export const WINNERS = ["ann", "ben", "cho", "dan"] as const;
export const DAY = "20261122";
/** Paid with ann's coupon; paid without one; paid with cho's coupon, and cancelled. */
export const ORDERS = { withCoupon: "1", without: "2", cancelled: "3" } as const;

const STOCK = 100;

/** A run of four winners and one who came too late, and of three orders, of which everything is as it was told. */
export interface SoundRun {
  readonly witnesses: Witnesses;
  readonly acceptedAt: number;
  /** Somebody tells of one more answer. */
  hear(user: string, answer: Answer): void;
  /** An operator is told that it is done. */
  operate(call: OperatorCall, user: string, answer?: OperatorAnswer): void;
  /** An operator asks for it, and nobody knows what came of it. */
  tryTo(call: OperatorCall): void;
  /** Pieces are added now. */
  addStock(pieces: number): Promise<void>;
  /** The coupon is finished now. */
  finish(): Promise<void>;
  /** One more user wins, is told so and gets a row. */
  accept(user: string): Promise<void>;
  sql(statement: string): Promise<void>;
  check(): Promise<RunCheck>;
}

/** In keys of its own and a schema that is the file's, emptied before. */
export async function soundRun(): Promise<SoundRun> {
  const mysqlUrl = await (schema ??= makeSchema());
  const { url: redisUrl, keyPrefix } = testRedis();
  const witnesses = await openWitnesses({ redisUrl, mysqlUrl, keyPrefix });
  onTestFinished(() => witnesses[Symbol.asyncDispose]());
  for (const table of ["coupon", "user_coupon", "product", "orders", "order_item", "outbox"]) {
    await witnesses.pool.query(`DELETE FROM ${table}`);
  }

  const heard = new Heard();
  const note = (user: string, call: Call, answer: Answer): void => {
    // Whatever is told is told later than it was accepted.
    const askedAt = Date.now() + 1;
    heard.note({ at: askedAt, askedAt, caller: "test", via: "coupon-1", user, coupon: COUPON, call, answer });
  };
  const hear = (user: string, answer: Answer): void => note(user, "issue", answer);
  const acceptedAt = await rush(witnesses, hear);
  await shop(witnesses, hear);
  const sold = { couponId: COUPON, quantity: QUANTITY, stockedAt: undefined as number | undefined };
  return {
    witnesses,
    acceptedAt,
    hear,
    operate: (call, user, answer = { outcome: "DONE" }) => note(user, call, answer),
    tryTo: (call) => note("", call, { outcome: "FAILED", code: "UNAVAILABLE", reason: "AWAY", message: "" }),
    addStock: async (pieces) => {
      sold.quantity += pieces;
      await witnesses.state.sync({ ...TERMS, quantity: sold.quantity, version: 2 });
      await witnesses.pool.query("UPDATE coupon SET quantity = ?", [sold.quantity]);
      sold.stockedAt = Date.now();
    },
    finish: async () => {
      await witnesses.pool.query("UPDATE coupon SET status = 'FINISHED'");
      await witnesses.state.sync({ ...TERMS, status: "FINISHED", quantity: sold.quantity, version: 3 });
    },
    accept: async (user) => void (await issue(witnesses, [user], hear)),
    sql: async (statement) => void (await witnesses.pool.query(statement)),
    check: () =>
      checkRun(witnesses, {
        heard,
        sold: [sold],
        cancelAsked: new Set([ORDERS.cancelled]),
        stock: STOCK,
      }),
  };
}

let schema: Promise<string> | undefined;

async function makeSchema(): Promise<string> {
  const { url } = await testDatabase();
  await using database = await openDatabase({ url, poolSize: 1, log: silentLogger });
  await migrate(database);
  return url;
}

const TERMS = {
  couponId: COUPON,
  status: "PUBLISHABLE",
  quantity: QUANTITY,
  opensAt: 0,
  closesAt: undefined,
  version: 1,
} as const;

async function rush(witnesses: Witnesses, hear: SoundRun["hear"]): Promise<number> {
  await witnesses.pool.query(
    `INSERT INTO coupon
       (id, name, quantity, status, opens_at, percent_off, min_order_krw, max_discount_krw, version, gate_version, created_at)
     VALUES (${COUPON}, 'tea', ${QUANTITY}, 'PUBLISHABLE', NOW(3), 10, 0, 0, 1, 1, NOW(3))`,
  );
  await witnesses.state.load(COUPON, { terms: async () => TERMS, winners: async function* () {} });
  return issue(witnesses, [...WINNERS, "eve"], hear);
}

/** Returns when the last one was accepted. */
async function issue(
  { redis, keys, pool }: Witnesses,
  users: readonly string[],
  hear: SoundRun["hear"],
): Promise<number> {
  const decisions = await new Gate({ redis, keys }).issueAll(COUPON, users);
  let last = 0;
  for (const [i, decision] of decisions.entries()) {
    const userId = users[i] as string;
    hear(userId, decision as IssueAnswer);
    if (!("issueNo" in decision)) continue;
    last = decision.acceptedAt;
    await issueRows(pool, [{ ...decision, couponId: COUPON, userId }]);
  }
  return last;
}

async function shop({ pool, redis, keys }: Witnesses, hear: SoundRun["hear"]): Promise<void> {
  const statements = [
    // Of the one product there are 3 pieces less: of the order with a coupon 2, of that without 1.
    `INSERT INTO product (id, name, price_krw, stock, created_at) VALUES (1, 'tea', 9000, ${STOCK - 3}, NOW(3))`,
    `INSERT INTO orders (id, user_id, status, amount_krw, discount_krw, coupon_id, created_at, paid_day) VALUES
       (1, 'ann', 'PAID', 18000, 1000, ${COUPON}, NOW(3), '${DAY}'),
       (2, 'ben', 'PAID', 9000, 0, NULL, NOW(3), '${DAY}'),
       (3, 'cho', 'CANCELLED', 9000, 1000, ${COUPON}, NOW(3), '${DAY}')`,
    `INSERT INTO order_item (order_id, product_id, product_name, price_krw, quantity) VALUES
       (1, 1, 'tea', 9000, 2), (2, 1, 'tea', 9000, 1), (3, 1, 'tea', 9000, 1)`,
    "UPDATE user_coupon SET status = 'USED', order_id = 1 WHERE user_id = 'ann'",
  ];
  for (const statement of statements) await pool.query(statement);
  const ranking = new SalesRanking({ redis, keys });
  for (const [orderId, pieces] of [
    ["1", 2],
    ["2", 1],
    ["3", 1],
  ] as const) {
    const sales = { orderId, productIds: ["1"], quantities: [pieces] };
    await ranking.record(DAY, "PAID", sales);
    if (orderId === ORDERS.cancelled) await ranking.record(DAY, "CANCELLED", sales);
  }
  for (const [i, user] of ["ann", "ben", "cho"].entries()) {
    const order = String(i + 1);
    hear(user, { outcome: "CREATED", order, requestId: `of-${user}` });
    hear(user, { outcome: "PAID", order });
  }
  hear("cho", { outcome: "CANCELLED", order: ORDERS.cancelled });
}
