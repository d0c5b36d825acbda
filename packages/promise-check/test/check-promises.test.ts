import { issueRows, migrate, openDatabase } from "@firstcome/database";
import type { Database } from "@firstcome/database";
import { connectRedis, CouponState, createKeys, Gate } from "@firstcome/redis";
import type { RedisClient } from "@firstcome/redis";
import { silentLogger } from "@firstcome/runtime";
import { testDatabase, testRedis } from "@firstcome/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkPromises } from "../src/index.ts";
import type { Told } from "../src/index.ts";

let database: Database;
let redis: RedisClient;
let state: CouponState;
let gate: Gate;

beforeAll(async () => {
  const { url } = await testDatabase();
  database = await openDatabase({ url, poolSize: 1, log: silentLogger });
  await migrate(database);
  const { url: redisUrl, keyPrefix } = testRedis();
  redis = await connectRedis({ url: redisUrl, name: "test" });
  const keys = createKeys({ prefix: keyPrefix });
  state = new CouponState({ redis, keys });
  gate = new Gate({ redis, keys });
});
afterAll(async () => {
  redis.disconnect();
  await database[Symbol.asyncDispose]();
});

/** Opens a coupon and lets three users win it. */
async function threeWinners(couponId: string): Promise<{ told: Told[]; acceptedAt: number }> {
  const terms = { couponId, status: "PUBLISHABLE", quantity: 3, opensAt: 0, closesAt: undefined, version: 1 } as const;
  await state.load(couponId, { terms: async () => terms, winners: async function* () {} });
  const userIds = ["a", "b", "c"];
  const decisions = await gate.issueAll(couponId, userIds);
  const told = decisions.map((decision, i) => ({
    userId: userIds[i] as string,
    issueNo: "issueNo" in decision ? decision.issueNo : 0,
  }));
  return { told, acceptedAt: Date.now() };
}

const check = (couponId: string, told: readonly Told[]) =>
  checkPromises({ pool: database.pool, state, couponId, quantity: 3, told });

describe("checkPromises", () => {
  it("finds nothing wrong where every winner has their row", async () => {
    const { told, acceptedAt } = await threeWinners("1");
    await issueRows(
      database.pool,
      told.map((winner) => Object.assign({ couponId: "1", acceptedAt }, winner)),
    );
    expect(await check("1", told)).toEqual({
      overIssued: 0,
      lost: 0,
      duplicates: 0,
      numberGaps: 0,
      outOfOrder: 0,
      numberMismatches: 0,
      rows: 3,
      issuedLagMs: [expect.any(Number), expect.any(Number), expect.any(Number)],
      committingMs: expect.any(Number),
    });
  });

  it("finds a winner without a row, and a row with another number than was told and than Redis holds", async () => {
    const { told, acceptedAt } = await threeWinners("2");
    const [a, b] = told as [Told, Told];
    const rows = [a, { ...b, issueNo: 3 }].map((winner) => Object.assign({ couponId: "2", acceptedAt }, winner));
    await issueRows(database.pool, rows);
    expect(await check("2", told)).toMatchObject({ lost: 1, numberMismatches: 1, numberGaps: 1, rows: 2 });
  });
});
