import {
  connectRedis,
  createKeys,
  Handoff,
  type HandoffLane,
  HandoffRecords,
  type RedisClient,
} from "@firstcome/redis";
import { type RedisShard, startService } from "@firstcome/stack";
import {
  cleanUpAfterFile,
  eventually,
  privateRedisCluster,
  privateServers,
  testDatabase,
  testRedis,
} from "@firstcome/testkit";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { measureHandoff } from "../src/jobs/measure-handoff.ts";
import { createCoupon } from "./support/coupons.ts";
import { range } from "./support/issue-many.ts";
import { metricAt } from "./support/metric-at.ts";
import { startOn, type StartedService, startTestService } from "./support/start-service.ts";

const HOUR_MS = 3_600_000;
const UNKNOWN = Number.NaN;

/** What the gauges say. */
async function told(address: string | undefined): Promise<{ entries: number; oldestMs: number }> {
  const entries = await metricAt(address, "firstcome_handoff_entries");
  const seconds = await metricAt(address, "firstcome_handoff_oldest_seconds");
  return { entries, oldestMs: Math.round(seconds * 1_000) };
}

/** One winner each of so many new coupons: as many entries, of several partitions. Returns the coupons. */
async function accept({ admin, coupons }: Pick<StartedService, "admin" | "coupons">, count: number): Promise<string[]> {
  const couponIds: string[] = [];
  for (const n of range(1, count)) {
    const couponId = await createCoupon(admin);
    await coupons.issueCoupon({ couponId, userId: `user-${n}` });
    couponIds.push(couponId);
  }
  return couponIds;
}

async function clockOf(redis: RedisClient): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}

/** An entry that was appended at this time, in a stream that has none. */
async function append(redis: RedisClient, stream: string, at: number): Promise<void> {
  await redis.xadd(stream, `${at}-0`, "c", "1", "n", 1, "t", at, "u", "kim");
}

async function connect(url: string): Promise<RedisClient> {
  const redis = await connectRedis({ url, name: "test" });
  cleanUpAfterFile(async () => redis.disconnect());
  return redis;
}

describe("what waits in the hand-off", () => {
  it("is counted over all partitions, with the age of the oldest by the clock of Redis", async () => {
    const started = await startTestService({ METRICS_PORT: "0" });
    const { redis, keys, service } = started;
    const { metricsAddress } = service;
    expect(await told(metricsAddress)).toEqual({ entries: UNKNOWN, oldestMs: UNKNOWN });
    await measureHandoff(service.app);
    expect(await told(metricsAddress)).toEqual({ entries: 0, oldestMs: 0 });

    const couponIds = await accept(started, 8);
    const partitions = new Set(couponIds.map((couponId) => keys.partitionOf(couponId)));
    expect(partitions.size).toBeGreaterThan(1);
    const empty = range(0, keys.partitions - 1).findLast((partition) => !partitions.has(partition)) ?? -1;
    const appendedAt = (await clockOf(redis)) - 2 * HOUR_MS;
    await append(redis, keys.handoff(empty), appendedAt);
    // This machine is an hour ahead.
    const now = Date.now.bind(Date);
    const ahead = vi.spyOn(Date, "now").mockImplementation(() => now() + HOUR_MS);
    onTestFinished(() => ahead.mockRestore());

    const before = await clockOf(redis);
    await measureHandoff(service.app);
    const after = await clockOf(redis);

    const { entries, oldestMs } = await told(metricsAddress);
    expect(entries).toBe(9);
    expect(appendedAt + oldestMs).toBeGreaterThanOrEqual(before);
    expect(appendedAt + oldestMs).toBeLessThanOrEqual(after);
  });

  it("includes what dispatchers have read, until it is settled", async () => {
    const started = await startTestService({ METRICS_PORT: "0" });
    const { redis, keys, service } = started;
    const [couponId = ""] = await accept(started, 1);
    const partition = keys.partitionOf(couponId);
    const handoff = new Handoff({ redis, keys, consumer: "test" });
    const lane = handoff.lanes().find(({ partitions }) => partitions.includes(partition)) as HandoffLane;
    onTestFinished(() => lane.close());
    const [entry] = await lane.read({ countPerPartition: 10, blockMs: 1 });

    await measureHandoff(service.app);
    expect(await told(service.metricsAddress)).toMatchObject({ entries: 1 });

    await handoff.settle(partition, [{ entryId: entry?.entryId ?? "", dead: [] }]);
    await measureHandoff(service.app);
    expect(await told(service.metricsAddress)).toEqual({ entries: 0, oldestMs: 0 });
  });

  it("is counted over as many partitions as there may be", async () => {
    const { url, keyPrefix } = testRedis();
    const redis = await connect(url);
    const keys = createKeys({ prefix: keyPrefix, partitions: 250 });
    for (const partition of [0, 99, 100, 199, 200, 249]) await append(redis, keys.handoff(partition), 1);

    expect(await new HandoffRecords({ redis, keys }).backlog()).toMatchObject({ entries: 6, failure: undefined });
  });

  it("is asked of every shard of a cluster; without some it is not counted, and the oldest of the others is told", async () => {
    const cluster = await privateRedisCluster();
    const [first, ...others] = cluster.shards as [RedisShard, ...RedisShard[]];
    const keys = createKeys();
    const started = await startOn(
      { redisUrl: cluster.url, mysqlUrl: (await testDatabase()).url },
      { METRICS_PORT: "0" },
    );
    const { app, metricsAddress } = started.service;
    for (const { primary } of cluster.shards) {
      const redis = await connect(primary.url);
      for (const partition of range(0, keys.partitions - 1)) {
        // Of another shard's partitions a node says where they are.
        await append(redis, keys.handoff(partition), 1).catch((error: Error) => expect(error.message).toMatch("MOVED"));
      }
    }
    await measureHandoff(app);
    const whole = await told(metricsAddress);
    expect(whole.entries).toBe(keys.partitions);

    await first.primary.kill();
    // The others may need a moment to agree on what is left.
    await eventually(async () => {
      await expect(measureHandoff(app)).rejects.toThrow();
      const part = await told(metricsAddress);
      expect(part).toEqual({ entries: UNKNOWN, oldestMs: expect.any(Number) });
      expect(part.oldestMs).toBeGreaterThanOrEqual(whole.oldestMs);
    });

    for (const { primary } of others) await primary.kill();
    await expect(measureHandoff(app)).rejects.toThrow();
    expect(await told(metricsAddress)).toEqual({ entries: UNKNOWN, oldestMs: UNKNOWN });
  });
});

describe("the processes of a service", () => {
  it("each see all that waits, and go on seeing it when Redis was away", async () => {
    const { redis: server } = await privateServers("redis");
    const redis = await connect(server.url);
    const keys = createKeys();
    for (const partition of [2, 7, 11]) await append(redis, keys.handoff(partition), 1);
    const { url: mysqlUrl } = await testDatabase();
    const env = { REDIS_URL: server.url, MYSQL_URL: mysqlUrl, WORKERS: "2", PORT: "0", METRICS_PORT: "0" };
    await using service = await startService({ name: "coupon", env });
    const entries = (): Promise<number> => metricAt(service.metrics, "firstcome_handoff_entries");

    // Known when one of them has looked.
    const seen = await eventually(async () => {
      const count = await entries();
      return !Number.isNaN(count) && count;
    });
    expect(seen).toBe(3);

    await server.kill();
    await eventually(async () => expect(await entries()).toBeNaN());
    await server.start();
    await eventually(async () => expect(await entries()).toBe(3));
    expect(await service.stop()).toMatchObject({ code: 0 });
  });
});
