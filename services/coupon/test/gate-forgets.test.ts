import { IssueOutcome } from "@firstcome/contracts/coupon";
import { describe, expect, it } from "vitest";
import { commitRows, createCoupon } from "./support/coupons.ts";
import { deleteFromHandoff, onItsWay } from "./support/hand-off.ts";
import { startOn, startTestService } from "./support/start-service.ts";

const { service, coupons, admin, db, redis, keys, servers } = await startTestService();
const other = await startOn(servers);

/** A coupon of which kim, lee and park were told here that they have it, all written; Redis is back at kim. */
async function forgottenCoupon(): Promise<string> {
  const couponId = await createCoupon(admin);
  await coupons.issueCoupon({ couponId, userId: "kim" });
  const older = await redis.hgetall(keys.coupon(couponId));
  await other.coupons.issueCoupon({ couponId, userId: "lee" });
  await coupons.issueCoupon({ couponId, userId: "park" });
  await commitRows(db, couponId, ["kim", "lee", "park"]);
  await deleteFromHandoff({ redis, keys }, couponId);
  await redis.del(keys.coupon(couponId), `${keys.winners(couponId)}0`);
  await redis.hset(keys.coupon(couponId), older);
  return couponId;
}

describe("a gate that has forgotten numbers, with no connection lost", () => {
  it("gives none of them again: it is closed, loaded from the rows, and goes on after them", async () => {
    const couponId = await forgottenCoupon();

    expect(await coupons.issueCoupon({ couponId, userId: "choi" })).toMatchObject({
      outcome: IssueOutcome.ACCEPTED,
      issueNo: 4,
    });
    const again = await coupons.issueCoupon({ couponId, userId: "lee" });
    expect(again).toMatchObject({ outcome: IssueOutcome.ALREADY_ISSUED, issueNo: 2 });
    expect(await onItsWay({ redis, keys }, couponId)).toMatchObject([{ users: ["choi"], firstNo: 4 }]);
  });

  it("is closed once, however many processes had told its numbers", async () => {
    const couponId = await forgottenCoupon();
    await coupons.issueCoupon({ couponId, userId: "choi" });
    const { load } = await redis.hgetall(keys.coupon(couponId));

    for (const { app } of [other.service, service]) {
      expect(await app.gate.issueAll(couponId, ["choi", "han"], {})).toMatchObject([{ issueNo: 4 }, { issueNo: 5 }]);
    }
    expect(await redis.hget(keys.coupon(couponId), "load")).toBe(load);
  });
});
