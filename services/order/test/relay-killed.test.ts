import { openDatabase } from "@firstcome/database";
import { type Order, OrderStatus } from "@firstcome/contracts/order";
import { silentLogger } from "@firstcome/runtime";
import { type ServiceProcess, startService } from "@firstcome/stack";
import { cleanUpAfterFile, eventually, testDatabase } from "@firstcome/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { Counter } from "./support/counter.ts";
import { waiting, waitingAtAll } from "./support/outbox.ts";
import { startRecordingRanking } from "./support/recording-ranking.ts";
import { connect, environment } from "./support/start-shop.ts";

const ranking = await startRecordingRanking();
const { url: mysqlUrl } = await testDatabase();
const db = await openDatabase({ url: mysqlUrl, log: silentLogger });
cleanUpAfterFile(async () => await db[Symbol.asyncDispose]());

const running = new Set<ServiceProcess>();

async function startOrders(): Promise<{ process: ServiceProcess; counter: Counter }> {
  // What a dead process had in its hands is waited for.
  const soon = { CALL_TIMEOUT_MS: "1000", OUTBOX_CLAIM_MS: "4000" };
  const env = { ...environment({ mysqlUrl, rankingAddress: ranking.address }), ...soon };
  const process = await startService({ name: "order", env });
  running.add(process);
  return { process, counter: new Counter(connect(process.address)) };
}

const never = (): Promise<void> => Promise.withResolvers<void>().promise;

afterEach(async () => {
  ranking.onRecord = async () => {};
  await Promise.all([...running].map((process) => process.kill()));
  running.clear();
});

describe("an order service that is killed", () => {
  it("after the ranking counted a sale and before it heard so, has it told again", async () => {
    const { process, counter } = await startOrders();
    const order = await counter.order({ [await counter.product()]: 1 });
    const counted = Promise.withResolvers<void>();
    ranking.onRecord = () => {
      counted.resolve();
      return never();
    };
    // Its answer may or may not get out before the end.
    await Promise.allSettled([counter.pay(order), counted.promise.then(() => process.kill())]);
    expect(await waiting(db, order.id)).toEqual(["SALES PAID"]);

    ranking.onRecord = async () => {};
    await startOrders();

    const [first, second] = await ranking.callsOf(order.id, 2);
    expect(second).toBe(first);
    await eventually(async () => (await waitingAtAll(db)) === 0);
  });

  it("after it heard so and before the message was removed, has it told again", async () => {
    const { process, counter } = await startOrders();
    const order = await counter.order({ [await counter.product()]: 1 });
    const connection = await db.pool.getConnection();
    await connection.query("START TRANSACTION");
    ranking.onRecord = async () => {
      // Whoever removes the message waits from here on.
      await connection.query("SELECT id FROM outbox WHERE order_id = ? FOR UPDATE", [order.id]);
    };
    await counter.pay(order);
    await eventually(async () => {
      const [row] = await db
        .em()
        .execute<{ n: string }[]>(
          "SELECT COUNT(*) AS n FROM information_schema.processlist WHERE info LIKE 'delete from `outbox`%' AND db = DATABASE()",
        );
      return Number(row?.n) > 0;
    });

    await process.kill();
    await connection.query("ROLLBACK");
    connection.release();
    expect(await waiting(db, order.id)).toEqual(["SALES PAID"]);
    ranking.onRecord = async () => {};
    await startOrders();

    const [first, second] = await ranking.callsOf(order.id, 2);
    expect(second).toBe(first);
    await eventually(async () => (await waitingAtAll(db)) === 0);
  });

  it("at any moment of a rush loses no sale and makes none up", async () => {
    const orders: Order[] = [];
    for (const afterCalls of [1, 15, 30]) {
      const { process, counter } = await startOrders();
      const product = await counter.product({ stock: 1_000 });
      const more = await Promise.all(Array.from({ length: 40 }, () => counter.order({ [product]: 1 })));
      orders.push(...more);
      const moment = Promise.withResolvers<void>();
      const before = ranking.calls.length;
      ranking.onRecord = async () => {
        if (ranking.calls.length - before >= afterCalls) moment.resolve();
      };
      await Promise.all([
        Promise.allSettled(more.map((order) => counter.pay(order))),
        moment.promise.then(() => process.kill()),
      ]);
    }

    const { counter } = await startOrders();
    await eventually(async () => (await waitingAtAll(db)) === 0);

    for (const order of orders) {
      const { status } = await counter.find(order);
      const calls = ranking.calls.filter((call) => call.startsWith(`${order.id} `));
      expect(new Set(calls).size).toBe(status === OrderStatus.PAID ? 1 : 0);
    }
  });
});
