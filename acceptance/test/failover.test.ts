import { beforeAll, describe, expect, it } from "vitest";
import type { FirstcomeClient } from "@firstcome/client";
import type { Told } from "@firstcome/promise-check";
import type { LocalServer, RedisShard } from "@firstcome/stack";
import { eventually, privateRedisCluster, privateSentinels, privateServers } from "@firstcome/testkit";
import { Redis } from "ioredis";
import { connect, crowd, openCoupon, users } from "./harness/crowd.ts";
import { expectPromisesKept } from "./harness/settled.ts";
import { openShop } from "./harness/shop.ts";
import type { Shop } from "./harness/shop.ts";

const ON_A_REPLICA = { GATE_WAIT_REPLICAS: "1" };

let mysqlUrl: string;
beforeAll(async () => void (mysqlUrl = (await privateServers("mysql")).mysql.url));

describe("with GATE_WAIT_REPLICAS, every accepted coupon becomes exactly one row with the number that was told", () => {
  it("when the primary is killed under load and sentinels put its replica in its place", async () => {
    const { url, sentinels, primary, replicas } = await privateSentinels();
    const { shop, client } = await openFor(url);
    const couponId = await openCoupon(client, QUANTITY);
    const [sentinel] = sentinels as [LocalServer];

    const told = await crowdWithAccident(client, couponId, async () => {
      await primary.kill();
      await eventually(async () => expect(await primaryBySentinel(sentinel)).toBe(portOf(replicas[0])));
      // Nobody is accepted before the new primary has a replica again. The sentinels would see to it after some ten seconds.
      await primary.start();
      await ask(primary, (redis) => redis.replicaof("127.0.0.1", portOf(replicas[0])));
    });

    await expectPromisesKept(shop, { couponId, quantity: QUANTITY, told, rows: QUANTITY });
  });

  it("when the primary of a coupon's shard is killed under load and its replica takes its place", async () => {
    const { url, shards } = await privateRedisCluster({ replicas: 1 });
    const { shop, client } = await openFor(url);
    const couponId = await openCoupon(client, QUANTITY);
    const { primary, replicas } = await shardOf(shards, shop.keys.coupon(couponId));

    const told = await crowdWithAccident(client, couponId, async () => {
      await primary.kill();
      await eventually(async () => expect(await roleOf(replicas[0])).toBe("master"));
      await primary.start();
    });

    await expectPromisesKept(shop, { couponId, quantity: QUANTITY, told, rows: QUANTITY });
    expect(await roleOf(primary)).toBe("slave");
  });
});

const QUANTITY = 4_000;

async function openFor(redisUrl: string): Promise<{ shop: Shop; client: FirstcomeClient }> {
  const shop = await openShop({ redisUrl, mysqlUrl });
  const [coupon, dispatcher] = await Promise.all([
    shop.start("coupon", ON_A_REPLICA),
    shop.start("dispatcher", ON_A_REPLICA),
  ]);
  await Promise.all([1, 2].map(() => shop.start("issuer", { DISPATCHER_ADDRESSES: dispatcher.address })));
  return { shop, client: connect({ coupon: coupon.address }) };
}

/** As many users as there are coupons; when a quarter of them have been answered, the accident happens. */
async function crowdWithAccident(
  client: FirstcomeClient,
  couponId: string,
  accident: () => Promise<void>,
): Promise<Told[]> {
  let happened: Promise<void> | undefined;
  const { told } = await crowd([client], couponId, users(QUANTITY), {
    atATime: 200,
    onAnswer: (answered) => {
      if (answered >= QUANTITY / 4) happened ??= accident();
    },
  });
  await happened;
  expect(told).toHaveLength(QUANTITY);
  return told;
}

const portOf = (server: LocalServer | undefined): number => Number(new URL(server?.url ?? "").port);

async function primaryBySentinel(sentinel: LocalServer): Promise<number> {
  const address = await ask(sentinel, (redis) => redis.call("SENTINEL", "get-master-addr-by-name", "firstcome"));
  return Number((address as [string, string])[1]);
}

async function roleOf(server: LocalServer | undefined): Promise<unknown> {
  return (await ask(server, (redis) => redis.role()))[0];
}

/** The shard that has the key's slot: only its primary says nothing of another place. */
async function shardOf(shards: readonly RedisShard[], key: string): Promise<RedisShard> {
  for (const shard of shards) {
    const isHere = await ask(shard.primary, (redis) => redis.exists(key)).catch(() => undefined);
    if (isHere !== undefined) return shard;
  }
  throw new Error(`no shard has ${key}`);
}

async function ask<T>(server: LocalServer | undefined, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(server?.url ?? "", { retryStrategy: () => null, enableReadyCheck: false });
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}
