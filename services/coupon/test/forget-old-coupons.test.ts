import { timestampMs } from "@bufbuild/protobuf/wkt";
import { IssueOutcome } from "@firstcome/contracts/coupon";
import { Code } from "@firstcome/rpc";
import { describe, expect, it } from "vitest";
import { forgetOldCoupons } from "../src/jobs/forget-old-coupons.ts";
import { recheckCompleted } from "../src/jobs/recheck-completed.ts";
import { Reconciler } from "../src/jobs/reconcile-coupons.ts";
import { commitRows, createCoupon } from "./support/coupons.ts";
import { keysOfCoupon } from "./support/gate-keys.ts";
import { issueInBatches, users } from "./support/issue-many.ts";
import { collect } from "./support/read.ts";
import { startOn, startTestService } from "./support/start-service.ts";

const service = await startTestService();
const { admin, coupons, db, redis, keys, servers } = service;
const { app } = service.service;
const COMPLETE_AT = Date.UTC(2026, 0, 2);

/** A coupon with these winners, all written, that is over. */
async function overCoupon(winners: number): Promise<string> {
  const couponId = await createCoupon(admin, { quantity: 60_000 });
  const told = await issueInBatches(service, couponId, users(winners));
  const inOrder = told.toSorted((a, b) => a.issueNo - b.issueNo).map(({ userId }) => userId);
  const { userCoupon } = await coupons.getUserCoupon({ couponId, userId: inOrder[0] ?? "" });
  if (!userCoupon?.acceptedAt) throw new Error("nobody has won");
  await commitRows(db, couponId, inOrder, { acceptedAt: timestampMs(userCoupon.acceptedAt) });
  await admin.finishCoupon({ couponId });
  const reconciler = new Reconciler(app);
  await reconciler.runOnce(COMPLETE_AT);
  await reconciler.runOnce(COMPLETE_AT);
  return couponId;
}

/** As the job does. */
async function forgetOld(by = COMPLETE_AT): Promise<string[]> {
  const { whole } = await recheckCompleted(app);
  return forgetOldCoupons(app, { by, whole });
}

describe("coupons that were over long ago", () => {
  it("leave Redis without a trace, and not too early", async () => {
    const couponId = await overCoupon(2_000);

    expect(await forgetOld(COMPLETE_AT - 1)).toEqual([]);
    expect((await keysOfCoupon(redis, keys, couponId)).length).toBeGreaterThan(100);
    expect(await forgetOld()).toEqual([couponId]);

    expect(await redis.exists(...(await keysOfCoupon(redis, keys, couponId)))).toBe(0);
    expect(await forgetOld()).toEqual([]);
  });

  it("are answered from their rows for everybody afterwards, and never loaded again", async () => {
    const couponId = await overCoupon(3);
    const asked = [...users(3), "stranger"];
    const won = asked.slice(0, 3).map((userId) => ({ couponId, userId }));
    const before = {
      coupon: await admin.getCoupon({ couponId }),
      decisions: await issueInBatches(service, couponId, asked),
      alone: await Promise.all(asked.map((userId) => coupons.issueCoupon({ couponId, userId }))),
      winners: await Promise.all(won.map((one) => coupons.getUserCoupon(one))),
    };
    await forgetOld();
    // Who remembers the gate would answer without asking anybody.
    const other = await startOn(servers);

    expect({
      coupon: await other.admin.getCoupon({ couponId }),
      decisions: await issueInBatches(other, couponId, asked),
      alone: await Promise.all(asked.map((userId) => other.coupons.issueCoupon({ couponId, userId }))),
      winners: await Promise.all(won.map((one) => other.coupons.getUserCoupon(one))),
    }).toEqual(before);
    expect(before.alone.map(({ outcome }) => outcome)).toEqual([
      ...won.map(() => IssueOutcome.ALREADY_ISSUED),
      IssueOutcome.FINISHED,
    ]);
    const watched = await collect(other.coupons.watchUserCoupon({ couponId, userId: "user-1" }));
    expect(watched.map(({ userCoupon }) => userCoupon)).toEqual([before.winners[0]?.userCoupon]);
    const stranger = { couponId, userId: "stranger" };
    for (const ask of [
      other.coupons.getUserCoupon,
      (one: typeof stranger) => collect(other.coupons.watchUserCoupon(one)),
    ]) {
      await expect(ask(stranger)).rejects.toMatchObject({ code: Code.NOT_FOUND, reason: "USER_COUPON_NOT_FOUND" });
    }
    expect(await redis.exists(...(await keysOfCoupon(redis, keys, couponId)))).toBe(0);
  });

  it("leave with what a pass that was cut off has left of them", async () => {
    const couponId = await overCoupon(100);
    await redis.hdel(keys.coupon(couponId), "status");

    expect(await forgetOld()).toEqual([couponId]);

    expect(await redis.exists(...(await keysOfCoupon(redis, keys, couponId)))).toBe(0);
  });

  it("are whole in Redis or not there at all: what a pass that was cut off has left is loaded for who asks", async () => {
    const couponId = await overCoupon(100);
    const whole = await keysOfCoupon(redis, keys, couponId);
    await redis.hdel(keys.coupon(couponId), "status");
    await redis.del(`${keys.winners(couponId)}0`);

    expect(await coupons.issueCoupon({ couponId, userId: "stranger" })).toMatchObject({
      outcome: IssueOutcome.FINISHED,
    });

    expect(await redis.exists(...whole)).toBe(whole.length);
  });

  it("can be brought back by RebuildGate, and are answered by the gate then", async () => {
    const couponId = await overCoupon(2);
    await forgetOld();
    const userId = users(1)[0] ?? "";
    const fromRow = await coupons.issueCoupon({ couponId, userId });

    expect(await admin.rebuildGate({ couponId })).toMatchObject({ winners: 2, nextIssueNo: 3 });

    expect(app.loader.isComplete(couponId)).toBe(false);
    expect(await coupons.issueCoupon({ couponId, userId })).toEqual(fromRow);
  });

  it("take what is given up of them along", async () => {
    const couponId = await overCoupon(1);
    await app.handoffRecords.giveUp(couponId, [7]);

    await forgetOld();

    expect(await redis.exists(keys.givenUp(couponId))).toBe(0);
  });

  it("stay while somebody loads them", async () => {
    const couponId = await overCoupon(1);
    await redis.hset(keys.coupon(couponId), { loader: "somebody", loader_until: String(Date.now() + 60_000) });

    expect(await forgetOld()).toEqual([]);

    expect(await redis.hget(keys.coupon(couponId), "status")).toBe("FINISHED");
  });
});
