import { beforeAll, describe, expect, it } from "vitest";
import type { ServiceProcess } from "@firstcome/stack";
import { findFreePort, testDatabase, testRedis } from "@firstcome/testkit";
import { connect, crowd, openCoupon, users } from "./harness/crowd.ts";
import { expectPromisesKept } from "./harness/settled.ts";
import { openShop } from "./harness/shop.ts";
import type { Shop } from "./harness/shop.ts";

let shop: Shop;
let coupons: ServiceProcess[];
let dispatchers: ServiceProcess[];
let issuers: ServiceProcess[];

const USERS = 4_000;

beforeAll(async () => {
  const { url: redisUrl, keyPrefix } = testRedis();
  const { url: mysqlUrl } = await testDatabase();
  shop = await openShop({ redisUrl, keyPrefix, mysqlUrl });
  coupons = await Promise.all([1, 2].map(() => shop.start("coupon")));
  // They are started again at their ports.
  dispatchers = await Promise.all(
    [1, 2].map(async () => shop.start("dispatcher", { PORT: String(await findFreePort()) })),
  );
  issuers = await Promise.all([1, 2, 3].map(startIssuer));
});

function startIssuer(): Promise<ServiceProcess> {
  return shop.start("issuer", { DISPATCHER_ADDRESSES: dispatchers.map(({ address }) => address).join(",") });
}

/** A rush of which a quarter of the calls is answered when `fault` strikes; the rest goes on meanwhile. */
async function expectKeptThrough(fault: () => Promise<unknown>): Promise<void> {
  const clients = coupons.map(({ address }) => connect({ coupon: address }));
  const [client] = clients as [(typeof clients)[0]];
  const couponId = await openCoupon(client, USERS);
  let struck: Promise<unknown> | undefined;
  const { told } = await crowd(clients, couponId, users(USERS), {
    atATime: 200,
    onAnswer: (answered) => {
      if (answered >= USERS / 4) struck ??= fault();
    },
  });
  expect(struck).toBeDefined();
  await struck;
  expect(told).toHaveLength(USERS);
  await expectPromisesKept(shop, { couponId, quantity: USERS, told, rows: USERS });
}

describe("every accepted coupon becomes exactly one row with the number that was told", () => {
  it("when a worker is killed in the middle of its batches", async () => {
    await expectKeptThrough(() => (issuers[0] as ServiceProcess).kill());
    issuers[0] = await startIssuer();
  });

  it("when a worker hangs, and when it comes back after its work was given to another", async () => {
    const [hanging] = issuers as [ServiceProcess];
    await expectKeptThrough(async () => hanging.freeze());
    hanging.thaw();
    await expectKeptThrough(async () => undefined);
  });

  it("when a dispatcher is killed", async () => {
    await expectKeptThrough(() => (dispatchers[0] as ServiceProcess).kill());
    const address = (dispatchers[0] as ServiceProcess).address;
    dispatchers[0] = await shop.start("dispatcher", { PORT: address.split(":")[1] as string });
  });

  it("when a coupon service is killed between acceptance and answer", async () => {
    await expectKeptThrough(() => (coupons[0] as ServiceProcess).kill());
    coupons[0] = await shop.start("coupon");
  });

  it("when each of them is stopped in an orderly way", async () => {
    await expectKeptThrough(() => Promise.all([coupons[0]?.stop(), dispatchers[0]?.stop(), issuers[0]?.stop()]));
  });
});
