import { describe, expect, it } from "vitest";
import type { ReplicatedRedis } from "@firstcome/stack";
import { cleanUpAfterFile, eventually, privateRedisCluster, privateReplicatedRedis } from "@firstcome/testkit";
import { Redis } from "ioredis";
import {
  connectRedis,
  CouponState,
  createKeys,
  Gate,
  GateUnavailableError,
  Handoff,
  ReplicatedTerms,
} from "../src/index.ts";
import type { GateDecision, RedisClient } from "../src/index.ts";
import { openTerms, sourceOf } from "./set-up.ts";

const keys = createKeys();

describe("Gate with waitReplicas", () => {
  it("tells nobody a number that the replica has not got, however late it is promoted before the primary dies", async () => {
    const servers = await privateReplicatedRedis();
    const { redis, state } = await openOn(servers.primary.url);
    const gate = new Gate({ redis, keys, waitReplicas: 1, waitTimeoutMs: 50 });
    const terms = openTerms({ quantity: 2_000 });
    await state.load(terms.couponId, sourceOf(terms));

    const told = new Map<string, number>();
    let promoted: Promise<void> | undefined;
    const visit = async (first: number): Promise<void> => {
      for (let user = first; user < 2_000; user += VISITORS) {
        const decision = await gate.issue(terms.couponId, `user-${user}`).catch(onlyUnavailable);
        if (decision?.outcome === "ACCEPTED") told.set(`user-${user}`, decision.issueNo);
        // From here on the primary decides alone, as one that is cut off from everyone does.
        if (told.size === 500) promoted ??= leaveAlone(servers);
        if (promoted && !decision) return;
      }
    };
    await Promise.all(Array.from({ length: VISITORS }, (_, i) => visit(i)));
    await promoted;
    // It has decided more than it could tell.
    expect((await state.read(terms.couponId))?.accepted).toBeGreaterThan(told.size);
    await servers.primary.kill();

    const after = await openOn(servers.replicas[0]?.url ?? "");
    const own = new Gate({ redis: after.redis, keys });
    expect(told.size).toBeGreaterThanOrEqual(500);
    for (const [userId, issueNo] of told) {
      expect(await own.issue(terms.couponId, userId)).toMatchObject({ outcome: "ALREADY_ISSUED", issueNo });
    }
    await gate.close();
  });

  it("waits with a repeated call too, whose first attempt came over another connection", async () => {
    const { primary, replicas } = await privateReplicatedRedis();
    const { redis, state } = await openOn(primary.url);
    const terms = openTerms();
    await state.load(terms.couponId, sourceOf(terms));
    await new Gate({ redis, keys }).issue(terms.couponId, "kim");
    const gate = new Gate({ redis, keys, waitReplicas: 1 });
    const copy = await openOn(replicas[0]?.url ?? "");
    const fence = keys.fence(keys.partitionOf(terms.couponId));
    expect(await copy.redis.exists(fence)).toBe(0);

    expect(await gate.issue(terms.couponId, "kim")).toMatchObject({ outcome: "ALREADY_ISSUED", issueNo: 1 });

    // Since Redis 7.2 only a write of its own makes a connection wait for what was there before.
    expect(await copy.redis.exists(fence)).toBe(1);
    expect((await copy.state.read(terms.couponId))?.accepted).toBe(1);
    await gate.close();
  });

  it("does not find a winner whom no replica knows", async () => {
    const servers = await privateReplicatedRedis();
    const { redis, state } = await openOn(servers.primary.url);
    const terms = openTerms();
    await state.load(terms.couponId, sourceOf(terms));
    const gate = new Gate({ redis, keys, waitReplicas: 1, waitTimeoutMs: PATIENCE_MS });
    await gate.issue(terms.couponId, "kim");
    expect(await gate.find(terms.couponId, "kim")).toMatchObject({ issueNo: 1 });

    await leaveAlone(servers);

    const hasty = new Gate({ redis, keys, waitReplicas: 1, waitTimeoutMs: 50 });
    await expect(hasty.issue(terms.couponId, "lee")).rejects.toThrow(GateUnavailableError);
    await expect(hasty.find(terms.couponId, "lee")).rejects.toThrow(GateUnavailableError);
    expect(await hasty.find(terms.couponId, "park")).toBe("NOT_WINNER");
    await Promise.all([gate.close(), hasty.close()]);
  });

  it("does not keep losers waiting for a replica that is away", async () => {
    const servers = await privateReplicatedRedis();
    const { redis, state } = await openOn(servers.primary.url);
    const gate = new Gate({ redis, keys, waitReplicas: 1, waitTimeoutMs: 20 });
    const terms = openTerms({ status: "PAUSED" });
    await state.load(terms.couponId, sourceOf(terms));
    await servers.replicas[0]?.kill();

    expect(await gate.issue(terms.couponId, "kim")).toEqual({ outcome: "PAUSED" });
    await gate.close();
  });

  it("works on a cluster, where each shard's own replica counts", async () => {
    const { url, shards } = await privateRedisCluster({ replicas: 1 });
    const { redis, state } = await openOn(url);
    const gate = new Gate({ redis, keys, waitReplicas: 1, waitTimeoutMs: PATIENCE_MS });
    const hasty = new Gate({ redis, keys, waitReplicas: 1, waitTimeoutMs: 500 });
    // One in each partition, and so some on each shard.
    const coupons = Array.from({ length: keys.partitions }, (_, partition) =>
      openTerms({ couponId: anIdIn(partition) }),
    );
    const issueAll = (by: Gate, userId: string): Promise<(GateDecision | undefined)[]> =>
      Promise.all(coupons.map(({ couponId }) => by.issue(couponId, userId).catch(onlyUnavailable)));
    await Promise.all(coupons.map((terms) => state.load(terms.couponId, sourceOf(terms))));

    expect(await issueAll(gate, "kim")).toEqual(coupons.map(() => expect.objectContaining({ outcome: "ACCEPTED" })));

    await shards[0]?.replicas[0]?.kill();
    const outcomes = new Set((await issueAll(hasty, "lee")).map((decision) => decision?.outcome));
    expect(outcomes).toEqual(new Set(["ACCEPTED", undefined]));
    await Promise.all([gate.close(), hasty.close()]);
  });
});

describe("ReplicatedTerms", () => {
  const patience = { waitReplicas: 1, waitTimeoutMs: PATIENCE_MS };

  it("tells nobody of a change that no replica knows, and tells when one does", async () => {
    const servers = await privateReplicatedRedis();
    const { redis, state } = await openOn(servers.primary.url);
    const copy = await openOn(servers.replicas[0]?.url ?? "");
    const terms = new ReplicatedTerms({ redis, keys, ...patience });
    const hasty = new ReplicatedTerms({ redis, keys, waitReplicas: 1, waitTimeoutMs: 50 });
    const open = openTerms();
    const paused = { ...open, status: "PAUSED" as const, version: 2 };
    const finished = { ...open, status: "FINISHED" as const, version: 3 };
    await state.load(open.couponId, sourceOf(open));

    expect(await terms.sync(paused)).toBe("APPLIED");
    expect(await copy.state.read(open.couponId)).toMatchObject({ terms: paused });

    await leaveAlone(servers);
    await expect(hasty.sync(finished)).rejects.toThrow("0 of 1 replicas have it");
    // It is there; whoever tells it again is not to believe that for enough.
    await expect(hasty.sync(finished)).rejects.toThrow("0 of 1 replicas have it");
    expect(await state.read(open.couponId)).toMatchObject({ terms: finished });

    await follow(servers);
    expect(await terms.sync(finished)).toBe("STALE");
    expect(await copy.state.read(open.couponId)).toMatchObject({ terms: finished });
    terms.close();
    hasty.close();
  });

  it.each(["STALE", "NOT_LOADED"])("waits also when it has nothing to write: %s", async (result) => {
    const { primary, replicas } = await privateReplicatedRedis();
    const { redis, state } = await openOn(primary.url);
    const copy = await openOn(replicas[0]?.url ?? "");
    const terms = new ReplicatedTerms({ redis, keys, ...patience });
    const open = openTerms();
    if (result === "STALE") await state.load(open.couponId, sourceOf(open));
    const fence = keys.fence(keys.partitionOf(open.couponId));
    expect(await copy.redis.exists(fence)).toBe(0);

    expect(await terms.sync(open)).toBe(result);

    // Since Redis 7.2 only a write of its own makes a connection wait for what was there before.
    expect(await copy.redis.exists(fence)).toBe(1);
    terms.close();
  });

  it("works on a cluster, where each shard's own replica counts", async () => {
    const { url, shards } = await privateRedisCluster({ replicas: 1 });
    const { redis, state } = await openOn(url);
    const terms = new ReplicatedTerms({ redis, keys, ...patience });
    const hasty = new ReplicatedTerms({ redis, keys, waitReplicas: 1, waitTimeoutMs: 500 });
    const coupons = Array.from({ length: keys.partitions }, (_, partition) =>
      openTerms({ couponId: anIdIn(partition) }),
    );
    await Promise.all(coupons.map((open) => state.load(open.couponId, sourceOf(open))));
    const changeAll = (by: ReplicatedTerms, version: number): Promise<string[]> =>
      Promise.all(coupons.map((open) => by.sync({ ...open, version }).catch(() => "FAILED")));

    expect(await changeAll(terms, 2)).toEqual(coupons.map(() => "APPLIED"));

    await shards[0]?.replicas[0]?.kill();
    expect(new Set(await changeAll(hasty, 3))).toEqual(new Set(["APPLIED", "FAILED"]));
    terms.close();
    hasty.close();
  });
});

describe("Handoff with waitReplicas", () => {
  it("hands out nothing that no replica has, and gives it back for when one does", async () => {
    const servers = await privateReplicatedRedis();
    const { redis, state } = await openOn(servers.primary.url);
    const handoff = new Handoff({ redis, keys, consumer: "one", waitReplicas: 1 });
    await handoff.prepare();
    const [lane] = handoff.lanes();
    const terms = openTerms();
    await state.load(terms.couponId, sourceOf(terms));
    const gate = new Gate({ redis, keys });
    const read = { countPerPartition: 10, blockMs: 1 };

    await gate.issue(terms.couponId, "kim");
    expect(await lane?.read(read)).toMatchObject([{ userIds: ["kim"], issueNos: [1] }]);

    await leaveAlone(servers);
    await gate.issue(terms.couponId, "lee");
    await expect(lane?.read(read)).rejects.toThrow("0 of 1 replicas have it");
    // What comes meanwhile is left where it is.
    await gate.issue(terms.couponId, "park");
    await expect(lane?.read(read)).rejects.toThrow("0 of 1 replicas have it");
    expect(await handoff.stats()).toMatchObject({ backlog: 3, pending: 2 });
    expect(await handoff.claim({ minIdleMs: 60_000, count: 10 }).catch(String)).toMatch("0 of 1 replicas have it");

    await follow(servers);
    expect(await handoff.claim({ minIdleMs: 60_000, count: 10 })).toMatchObject([{ userIds: ["lee"], issueNos: [2] }]);
    expect(await lane?.read(read)).toMatchObject([{ userIds: ["park"], issueNos: [3] }]);
    lane?.close();
    await handoff.leave();
  });
});

const VISITORS = 50;
/** For a replica that is there, however slow the machine. */
const PATIENCE_MS = 60_000;

async function openOn(url: string): Promise<{ redis: RedisClient; state: CouponState }> {
  const redis = await connectRedis({ url, name: "test" });
  cleanUpAfterFile(async () => redis.disconnect());
  return { redis, state: new CouponState({ redis, keys }) };
}

function anIdIn(partition: number): string {
  for (let id = 1; ; id += 1) if (keys.partitionOf(String(id)) === partition) return String(id);
}

/** Promotes the replica while its primary goes on. */
async function leaveAlone({ primary, replicas }: ReplicatedRedis): Promise<void> {
  await ask(replicas[0]?.url, (redis) => redis.replicaof("NO", "ONE"));
  await eventually(async () => expect(await ask(primary.url, (redis) => redis.info())).toContain("connected_slaves:0"));
}

async function follow({ primary, replicas }: ReplicatedRedis): Promise<void> {
  await ask(replicas[0]?.url, (redis) => redis.replicaof("127.0.0.1", Number(new URL(primary.url).port)));
  await eventually(async () => expect(await ask(primary.url, (redis) => redis.info())).toContain("state=online"));
}

async function ask<T>(url: string | undefined, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url ?? "");
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

function onlyUnavailable(error: unknown): undefined {
  expect(error).toBeInstanceOf(GateUnavailableError);
}
