import { setTimeout as last } from "node:timers/promises";
import type { Told } from "@firstcome/promise-check";
import { privateServers } from "@firstcome/testkit";
import type { RowDataPacket } from "mysql2/promise";
import { beforeAll, describe, expect, it } from "vitest";
import type { FirstcomeClient } from "@firstcome/client";
import type { ServiceProcess } from "@firstcome/stack";
import { connect, crowd, openCoupon, users } from "./harness/crowd.ts";
import { expectNothingOnItsWay } from "./harness/settled.ts";
import { openShop } from "./harness/shop.ts";
import type { Shop } from "./harness/shop.ts";

let shop: Shop;
let clients: FirstcomeClient[];
let issuers: ServiceProcess[];

const QUANTITY = 5_000;
const AT_A_TIME = 200;
/** Answers that were given when Redis is emptied. */
const STRUCK_AT = 1_500;
/** Workers that hang for a moment are not taken for dead here: what they have is written after Redis has forgotten it. */
const PATIENT = { DISPATCH_HEARTBEAT_MS: "10000", DISPATCH_DEADLINE_MS: "30000" };

beforeAll(async () => {
  const { redis, mysql } = await privateServers("redis", "mysql");
  shop = await openShop({ redisUrl: redis.url, mysqlUrl: mysql.url });
  const coupons = await Promise.all([1, 2].map(() => shop.start("coupon", { GATE_SETTLE_MS: "8000" })));
  const { address } = await shop.start("dispatcher", PATIENT);
  // Of little appetite, so that something is left on the stream for Redis to lose.
  const issuer = { DISPATCHER_ADDRESSES: address, ISSUER_MAX_ITEMS: "150" };
  issuers = await Promise.all([1, 2].map(() => shop.start("issuer", issuer)));
  clients = coupons.map((coupon) => connect({ coupon: coupon.address }));
});

describe("a Redis that is emptied in the middle of a rush", () => {
  it("gives no number twice and none too many; what is written stays, and what is accepted afterwards is written", async () => {
    const couponId = await openCoupon(clients[0] as FirstcomeClient, QUANTITY);
    let frozen = false;
    let struck: Promise<void> | undefined;
    const hang = (): void => {
      frozen = true;
      for (const issuer of issuers) issuer.freeze();
    };
    const empty = async (): Promise<void> => {
      await shop.redis.flushall();
      await last(1_000);
      for (const issuer of issuers) issuer.thaw();
    };

    const { told, outcomes } = await crowd(clients, couponId, users(QUANTITY + 1_000), {
      atATime: AT_A_TIME,
      onAnswer: (answered) => {
        if (answered >= 1_000 && !frozen) hang();
        if (answered >= STRUCK_AT) struck ??= empty();
      },
    });
    await struck;
    await expectNothingOnItsWay(shop);

    const rows = await rowsOf(couponId);
    const numberOf = new Map(rows.map(({ userId, issueNo }) => [userId, issueNo]));
    expect(numberOf.size).toBe(rows.length);
    expect(Math.max(...numberOf.values())).toBe(QUANTITY);
    // Nobody was told one number and has another.
    expect(told.filter(({ userId, issueNo }) => (numberOf.get(userId) ?? issueNo) !== issueNo)).toEqual([]);
    // What is lost was accepted before, and was neither a row nor with a worker.
    const lost = told.filter(({ userId }) => !numberOf.has(userId));
    const late = new Set(told.slice(STRUCK_AT + AT_A_TIME).map(({ userId }) => userId));
    expect(lost.filter(({ userId }) => late.has(userId))).toEqual([]);
    expect(rows).toHaveLength(told.length - lost.length);
    expect(outcomes.get("SOLD_OUT")).toBeGreaterThan(0);

    const again = await crowd(clients, couponId, [...numberOf.keys()], { atATime: AT_A_TIME });
    expect(byNumber(again.told)).toEqual(rows);
  });
});

async function rowsOf(couponId: string): Promise<Told[]> {
  const [rows] = await shop.database.pool.query<RowDataPacket[]>(
    "SELECT user_id AS userId, issue_no AS issueNo FROM user_coupon WHERE coupon_id = ? ORDER BY issue_no",
    [couponId],
  );
  return rows.map((row) => ({ userId: String(row["userId"]), issueNo: Number(row["issueNo"]) }));
}

function byNumber(told: readonly Told[]): Told[] {
  return told.toSorted((a, b) => a.issueNo - b.issueNo);
}
