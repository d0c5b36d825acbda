import { IssueOutcome } from "@firstcome/contracts/coupon";
import { Code } from "@firstcome/rpc";
import { describe, expect, it } from "vitest";
import { createCoupon, fromNow } from "./support/coupons.ts";
import { startTestService } from "./support/start-service.ts";

const { admin, coupons } = await startTestService();

describe("GrantCoupons", () => {
  it("gives before the window and while paused, in the order of the stream, from the same stock", async () => {
    const couponId = await createCoupon(admin, { quantity: 5, opensAt: fromNow(60_000) });
    await admin.pauseCoupon({ couponId });

    const given = await admin.grantCoupons([
      { couponId, userIds: ["a", "b", "c"] },
      { couponId, userIds: ["b", "d", "e", "f", "g"] },
    ]);

    expect(given).toMatchObject({ accepted: 5, alreadyIssued: 1, soldOut: 2, finished: 0 });
    const numbers = await Promise.all(
      ["a", "b", "c", "d", "e"].map(async (userId) => (await coupons.issueCoupon({ couponId, userId })).issueNo),
    );
    expect(numbers).toEqual([1, 2, 3, 4, 5]);
  });

  it("gives different coupons on one stream, and nothing of a finished one", async () => {
    const open = await createCoupon(admin);
    const finished = await createCoupon(admin);
    await admin.finishCoupon({ couponId: finished });

    const given = await admin.grantCoupons([
      { couponId: open, userIds: ["a"] },
      { couponId: finished, userIds: ["a", "b"] },
    ]);

    expect(given).toMatchObject({ accepted: 1, finished: 2 });
  });

  it("answers NOT_FOUND for a coupon that does not exist; what was given before stays given", async () => {
    const couponId = await createCoupon(admin);

    await expect(
      admin.grantCoupons([
        { couponId, userIds: ["a"] },
        { couponId: "999999", userIds: ["a"] },
      ]),
    ).rejects.toMatchObject({ code: Code.NOT_FOUND, reason: "COUPON_NOT_FOUND" });
    const again = await coupons.issueCoupon({ couponId, userId: "a" });
    expect(again).toMatchObject({ outcome: IssueOutcome.ALREADY_ISSUED, issueNo: 1 });
  });

  it("gives nothing for an empty stream", async () => {
    expect(await admin.grantCoupons([])).toMatchObject({ accepted: 0, alreadyIssued: 0, soldOut: 0, finished: 0 });
  });
});
