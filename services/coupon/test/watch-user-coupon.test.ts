import { UserCouponStatus } from "@firstcome/contracts/coupon";
import { Code } from "@firstcome/rpc";
import { eventually } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { commitRows, createCoupon } from "./support/coupons.ts";
import { collect } from "./support/read.ts";
import { startOn, startTestService } from "./support/start-service.ts";

const { admin, coupons, db, servers, service } = await startTestService();
const { commitWatch } = service.app;

describe("WatchUserCoupon", () => {
  it("tells ACCEPTED, then ISSUED when the row is committed, then ends", async () => {
    const couponId = await createCoupon(admin);
    await coupons.issueCoupon({ couponId, userId: "kim" });
    const statuses: number[] = [];

    for await (const { userCoupon } of coupons.watchUserCoupon({ couponId, userId: "kim" })) {
      statuses.push(userCoupon?.status ?? 0);
      if (userCoupon?.status === UserCouponStatus.ACCEPTED) await commitRows(db, couponId, ["kim"]);
    }

    expect(statuses).toEqual([UserCouponStatus.ACCEPTED, UserCouponStatus.ISSUED]);
    expect(commitWatch.watchers).toBe(0);
  });

  it("tells ISSUED and ends when the row is there already", async () => {
    const couponId = await createCoupon(admin);
    await coupons.issueCoupon({ couponId, userId: "kim" });
    await commitRows(db, couponId, ["kim"]);

    const messages = await collect(coupons.watchUserCoupon({ couponId, userId: "kim" }));

    expect(messages.map(({ userCoupon }) => userCoupon?.status)).toEqual([UserCouponStatus.ISSUED]);
  });

  it("tells each of many watchers", async () => {
    const couponId = await createCoupon(admin, { quantity: 100 });
    const userIds = Array.from({ length: 100 }, (_, n) => `u${n}`);
    for (const userId of userIds) await coupons.issueCoupon({ couponId, userId });
    const watched = userIds.map((userId) => collect(coupons.watchUserCoupon({ couponId, userId })));
    await eventually(() => commitWatch.watchers === 100);

    await commitRows(db, couponId, userIds.slice(0, 50));
    const first = await Promise.all(watched.slice(0, 50));
    expect(commitWatch.watchers).toBe(50);
    await commitRows(db, couponId, userIds.slice(50), { firstNo: 51 });
    const second = await Promise.all(watched.slice(50));

    expect([...first, ...second].map((messages) => messages.at(-1)?.userCoupon)).toMatchObject(
      userIds.map((userId, i) => ({ userId, issueNo: i + 1, status: UserCouponStatus.ISSUED })),
    );
  });

  it("ends for who was told a number that is another's row, and tells it once", async () => {
    const couponId = await createCoupon(admin);
    const { issueNo } = await coupons.issueCoupon({ couponId, userId: "kim" });
    await commitRows(db, couponId, ["lee"], { firstNo: issueNo });
    const told: UserCouponStatus[] = [];

    const watching = (async () => {
      for await (const { userCoupon } of coupons.watchUserCoupon({ couponId, userId: "kim" })) {
        told.push(userCoupon?.status ?? 0);
      }
    })();

    await expect(watching).rejects.toMatchObject({
      code: Code.FAILED_PRECONDITION,
      reason: "NUMBER_CONFLICT",
      metadata: { coupon_id: couponId, user_id: "kim", issue_no: "1" },
    });
    expect(told).toEqual([UserCouponStatus.ACCEPTED]);
    expect(commitWatch.watchers).toBe(0);
  });

  it("forgets a watcher that leaves", async () => {
    const couponId = await createCoupon(admin);
    await coupons.issueCoupon({ couponId, userId: "kim" });
    const left = new AbortController();
    const watching = collect(coupons.watchUserCoupon({ couponId, userId: "kim" }, { signal: left.signal }));
    await eventually(() => commitWatch.watchers === 1);

    left.abort();

    await expect(watching).rejects.toMatchObject({ code: Code.CANCELLED });
    await eventually(() => commitWatch.watchers === 0);
  });

  it("answers NOT_FOUND for who has not won", async () => {
    const couponId = await createCoupon(admin);

    await expect(collect(coupons.watchUserCoupon({ couponId, userId: "kim" }))).rejects.toMatchObject({
      code: Code.NOT_FOUND,
      reason: "USER_COUPON_NOT_FOUND",
    });
  });

  it("turns away more watchers than it may have, and tells those it has that it stops", async () => {
    const small = await startOn(servers, { WATCH_MAX_WATCHERS: "1" });
    const couponId = await createCoupon(admin);
    await coupons.issueCoupon({ couponId, userId: "kim" });
    const watching = collect(small.coupons.watchUserCoupon({ couponId, userId: "kim" }));
    const ended = watching.catch((error: unknown) => error);
    await eventually(() => small.service.app.commitWatch.watchers === 1);

    await expect(collect(small.coupons.watchUserCoupon({ couponId, userId: "kim" }))).rejects.toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      reason: "WATCHERS_FULL",
      retryAfterMs: expect.any(Number),
    });
    await small.service[Symbol.asyncDispose]();
    expect(await ended).toMatchObject({ code: Code.UNAVAILABLE, reason: "SERVER_STOPPING" });
  });
});
