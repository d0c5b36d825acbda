import { beforeAll, describe, expect, it } from "vitest";
import { testDatabase, testRedis } from "@firstcome/testkit";
import type { FirstcomeClient } from "@firstcome/client";
import { connect, crowd, openCoupon, users } from "./harness/crowd.ts";
import { expectPromisesKept } from "./harness/settled.ts";
import { openShop } from "./harness/shop.ts";
import type { Shop } from "./harness/shop.ts";

let shop: Shop;
let client: FirstcomeClient;

beforeAll(async () => {
  const { url: redisUrl, keyPrefix } = testRedis();
  const { url: mysqlUrl } = await testDatabase();
  shop = await openShop({ redisUrl, keyPrefix, mysqlUrl });
  const [coupon, dispatcher] = await Promise.all([shop.start("coupon"), shop.start("dispatcher")]);
  await Promise.all([1, 2].map(() => shop.start("issuer", { DISPATCHER_ADDRESSES: dispatcher.address })));
  client = connect({ coupon: coupon.address, dispatch: dispatcher.address });
});

describe("a crowd", () => {
  it("of 3 000 users at once on 3 000 pieces: 3 000 accepted, none failed, 3 000 winners and rows, numbers 1 to 3 000", async () => {
    const couponId = await openCoupon(client, 3_000);
    const { told, outcomes } = await crowd([client], couponId, users(3_000));
    expect(Object.fromEntries(outcomes)).toEqual({ ACCEPTED: 3_000 });
    expect(told.map(({ issueNo }) => issueNo).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 3_000 }, (_, i) => i + 1),
    );
    await expectPromisesKept(shop, { couponId, quantity: 3_000, told, rows: 3_000 });
  });

  it("of 5 000 users on 1 000 pieces: exactly 1 000", async () => {
    const couponId = await openCoupon(client, 1_000);
    const { told, outcomes } = await crowd([client], couponId, users(5_000));
    expect(Object.fromEntries(outcomes)).toEqual({ ACCEPTED: 1_000, SOLD_OUT: 4_000 });
    await expectPromisesKept(shop, { couponId, quantity: 1_000, told, rows: 1_000 });
  });

  it("of one user who asks three times at once: one winner, one number, one row", async () => {
    const couponId = await openCoupon(client, 10);
    const { told, outcomes } = await crowd([client], couponId, ["kim", "kim", "kim"]);
    expect(Object.fromEntries(outcomes)).toEqual({ ACCEPTED: 1, ALREADY_ISSUED: 2 });
    expect(told.map(({ issueNo }) => issueNo)).toEqual([1, 1, 1]);
    await expectPromisesKept(shop, { couponId, quantity: 10, told, rows: 1 });
  });

  it("that watches: each winner sees ACCEPTED become ISSUED", async () => {
    const couponId = await openCoupon(client, 5);
    await crowd([client], couponId, users(5));
    const statuses = await Promise.all(
      users(5).map(async (userId) => {
        let last: unknown;
        for await (const { userCoupon } of client.coupons.watchUserCoupon({ couponId, userId }))
          last = userCoupon?.status;
        return last;
      }),
    );
    const { UserCouponStatus } = await import("@firstcome/contracts/coupon");
    expect(statuses).toEqual(users(5).map(() => UserCouponStatus.ISSUED));
  });
});
