import { setTimeout as last } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import type { FirstcomeClient } from "@firstcome/client";
import type { LocalServer } from "@firstcome/stack";
import { privateServers } from "@firstcome/testkit";
import { connect, crowd, openCoupon, users } from "./harness/crowd.ts";
import { expectPromisesKept } from "./harness/settled.ts";
import { openShop } from "./harness/shop.ts";
import type { Shop } from "./harness/shop.ts";

let redis: LocalServer;
let mysql: LocalServer;
let shop: Shop;
let client: FirstcomeClient;

beforeAll(async () => {
  ({ redis, mysql } = await privateServers("redis", "mysql"));
  shop = await openShop({ redisUrl: redis.url, mysqlUrl: mysql.url });
  const [coupon, dispatcher] = await Promise.all([shop.start("coupon"), shop.start("dispatcher")]);
  await Promise.all([1, 2].map(() => shop.start("issuer", { DISPATCHER_ADDRESSES: dispatcher.address })));
  client = connect({ coupon: coupon.address });
});

describe("every accepted coupon becomes exactly one row with the number that was told", () => {
  it("when MySQL is away for ten seconds; accepting goes on meanwhile", async () => {
    const couponId = await openCoupon(client, 6_000);
    const before = await crowd([client], couponId, users(1_000, "before"));
    await mysql.kill();
    const outage = last(10_000);
    const during = await crowd([client], couponId, users(4_000, "during"), { atATime: 200 });
    expect(Object.fromEntries(during.outcomes)).toEqual({ ACCEPTED: 4_000 });
    await outage;
    await mysql.start();
    const after = await crowd([client], couponId, users(1_000, "after"));
    const told = [...before.told, ...during.told, ...after.told];
    await expectPromisesKept(shop, { couponId, quantity: 6_000, told, rows: 6_000 });
  });

  it("when Redis is killed under load and comes back from its append-only file", async () => {
    const couponId = await openCoupon(client, 4_000);
    let struck: Promise<unknown> | undefined;
    const { told } = await crowd([client], couponId, users(4_000), {
      atATime: 200,
      onAnswer: (answered) => {
        if (answered >= 1_000) struck ??= redis.kill().then(() => redis.start());
      },
    });
    await struck;
    expect(told).toHaveLength(4_000);
    await expectPromisesKept(shop, { couponId, quantity: 4_000, told, rows: 4_000 });
  });
});
