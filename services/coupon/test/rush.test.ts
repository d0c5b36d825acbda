import { IssueOutcome } from "@firstcome/contracts/coupon";
import { describe, expect, it } from "vitest";
import { createCoupon } from "./support/coupons.ts";
import { memoryOfCoupon } from "./support/gate-keys.ts";
import { issueAtOnce, issueInBatches, numbers, range, users } from "./support/issue-many.ts";
import { startOn, startTestService } from "./support/start-service.ts";

const service = await startTestService();
const { admin, redis, keys } = service;

/** What the hand-off stream says: user → number. */
async function handedOff(couponId: string): Promise<Map<string, number>> {
  const winners = new Map<string, number>();
  for (const [, fields] of await redis.xrange(keys.handoff(keys.partitionOf(couponId)), "-", "+")) {
    const entry = Object.fromEntries(
      Array.from({ length: fields.length / 2 }, (_, i) => fields.slice(2 * i, 2 * i + 2)),
    );
    if (entry["c"] !== couponId) continue;
    for (const [i, userId] of String(entry["u"]).split(" ").entries()) winners.set(userId, Number(entry["n"]) + i);
  }
  return winners;
}

describe("a rush", () => {
  it("of 3 000 users on one coupon: all accepted, numbers 1 to 3 000, each handed off as told", async () => {
    const couponId = await createCoupon(admin, { quantity: 3_000 });

    const told = await issueAtOnce(service, couponId, users(3_000));

    expect(numbers(told)).toEqual(range(1, 3_000));
    expect(await handedOff(couponId)).toEqual(new Map(told.map(({ userId, issueNo }) => [userId, issueNo])));
  });

  it("of one user three times at once: one winner, one number", async () => {
    const couponId = await createCoupon(admin);

    const told = await issueAtOnce(service, couponId, ["kim", "kim", "kim"]);

    expect(numbers(told)).toEqual([1]);
    expect(numbers(told, IssueOutcome.ALREADY_ISSUED)).toEqual([1, 1]);
    expect(await handedOff(couponId)).toEqual(new Map([["kim", 1]]));
  });

  it("of 5 000 users on 1 000 pieces, over two processes: exactly 1 000 winners, numbers 1 to 1 000", async () => {
    const couponId = await createCoupon(admin, { quantity: 1_000 });
    const other = await startOn(service.servers);

    const told = await Promise.all([
      issueAtOnce(service, couponId, users(2_500, "here")),
      issueAtOnce(other, couponId, users(2_500, "there")),
    ]);

    expect(numbers(told.flat())).toEqual(range(1, 1_000));
    expect(numbers(told.flat(), IssueOutcome.SOLD_OUT)).toHaveLength(4_000);
    expect((await handedOff(couponId)).size).toBe(1_000);
  });

  it("of 50 000 losers leaves no byte in Redis", async () => {
    const couponId = await createCoupon(admin, { quantity: 1_000 });
    await issueInBatches(service, couponId, users(1_000, "winner"));
    const state = async (): Promise<unknown> => ({
      memory: await memoryOfCoupon(redis, keys, couponId),
      coupon: await redis.hgetall(keys.coupon(couponId)),
      handedOff: await redis.xlen(keys.handoff(keys.partitionOf(couponId))),
    });
    const before = await state();

    const told = await issueInBatches(service, couponId, users(50_000, "loser"));

    expect(numbers(told, IssueOutcome.SOLD_OUT)).toHaveLength(50_000);
    expect(await state()).toEqual(before);
  });
});
