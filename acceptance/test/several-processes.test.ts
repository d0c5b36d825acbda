import type { FirstcomeClient } from "@firstcome/client";
import type { ServiceProcess } from "@firstcome/stack";
import { testDatabase, testRedis } from "@firstcome/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { connect, crowd, openCoupon, users } from "./harness/crowd.ts";
import { expectPromisesKept } from "./harness/settled.ts";
import { openShop } from "./harness/shop.ts";
import type { Shop } from "./harness/shop.ts";

const USERS = 2_000;
const QUANTITY = 1_500;

let shop: Shop;
let coupon: ServiceProcess;
let issuer: ServiceProcess;
let clients: FirstcomeClient[];

beforeAll(async () => {
  const { url: redisUrl, keyPrefix } = testRedis();
  const { url: mysqlUrl } = await testDatabase();
  shop = await openShop({ redisUrl, keyPrefix, mysqlUrl });
  const dispatcher = await shop.start("dispatcher");
  coupon = await shop.start("coupon", { WORKERS: "2" });
  issuer = await shop.start("issuer", { WORKERS: "2", DISPATCHER_ADDRESSES: dispatcher.address });
  // A connection each: those of one address are shared out to its processes.
  clients = Array.from({ length: 4 }, () => connect({ coupon: coupon.address }));
});

describe("services of two processes each", () => {
  it("keep every promise in a rush", async () => {
    const couponId = await openCoupon(clients[0] as FirstcomeClient, QUANTITY);
    const { told, outcomes } = await crowd(clients, couponId, users(USERS), { atATime: 400 });
    expect(Object.fromEntries(outcomes)).toEqual({ ACCEPTED: QUANTITY, SOLD_OUT: USERS - QUANTITY });
    await expectPromisesKept(shop, { couponId, quantity: QUANTITY, told, rows: QUANTITY });
  });

  it("keep them when one process of each is killed in the middle", async () => {
    const couponId = await openCoupon(clients[0] as FirstcomeClient, QUANTITY);
    const doomed = [coupon.pids[1], issuer.pids[1]] as number[];
    const { told } = await crowd(clients, couponId, users(USERS), {
      atATime: 200,
      onAnswer: (answered) => {
        if (answered === USERS / 4) for (const pid of doomed) process.kill(pid, "SIGKILL");
      },
    });
    expect(told).toHaveLength(QUANTITY);
    await expectPromisesKept(shop, { couponId, quantity: QUANTITY, told, rows: QUANTITY });
    expect(await Promise.all([coupon.stop(), issuer.stop()])).toMatchObject([{ code: 0 }, { code: 0 }]);
  });
});
