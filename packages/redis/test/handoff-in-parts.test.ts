import { randomUUID } from "node:crypto";
import { cleanUpAfterFile, privateRedisCluster } from "@firstcome/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectRedis, createKeys, formatEntryRef, Handoff } from "../src/index.ts";
import type { EntryRef, HandoffEntry, Keys, RedisClient } from "../src/index.ts";
import { setUpRedis } from "./set-up.ts";
import type { RedisSetUp } from "./set-up.ts";

let setUp: RedisSetUp;
beforeAll(async () => void (setUp = await setUpRedis()));
afterAll(() => setUp.close());

const LONG_MS = 3_600_000;
const ALL = { countPerPartition: 1_000, blockMs: 1 };

describe("a read of many partitions, one of which cannot be dealt with", () => {
  it("brings what came before it; the rest can be claimed at once", async () => {
    const { redis } = setUp;
    const { handoff, keys } = await prepared(redis);
    const before = await append(redis, keys, 0);
    await append(redis, keys, 1, "nonsense");
    const along = await append(redis, keys, 1);
    const after = await append(redis, keys, 2);
    const [lane] = handoff.lanes();
    cleanUpAfterFile(async () => lane?.close());
    await redis.set(keys.dead(1), "no stream");

    expect(idsOf((await lane?.read(ALL)) ?? [])).toEqual([before]);

    await redis.del(keys.dead(1));
    const other = new Handoff({ redis, keys, consumer: "two" });
    expect(idsOf(await other.claim({ minIdleMs: LONG_MS, count: 10 }))).toEqual([along, after]);
  });

  it("fails when it is the only one", async () => {
    const { redis } = setUp;
    const { handoff, keys } = await prepared(redis);
    await append(redis, keys, 1, "nonsense");
    const [lane] = handoff.lanes();
    cleanUpAfterFile(async () => lane?.close());
    await redis.set(keys.dead(1), "no stream");
    await expect(lane?.read(ALL)).rejects.toThrow("WRONGTYPE");
  });
});

describe("a claim", () => {
  it("brings what it has when a partition cannot be claimed from", async () => {
    const { redis } = setUp;
    const { handoff, keys } = await prepared(redis);
    const id = await append(redis, keys, 0);
    await readAll(handoff);
    await redis.set(keys.handoff(1), "no stream");
    const other = new Handoff({ redis, keys, consumer: "two" });
    expect(idsOf(await other.claim({ minIdleMs: 0, count: 10 }))).toEqual([id]);
    await expect(other.claim({ minIdleMs: LONG_MS, count: 10 })).rejects.toThrow("WRONGTYPE");
  });

  it("is made in steps, so that Redis answers others in between", async () => {
    const { redis } = setUp;
    const { handoff, keys } = await prepared(redis);
    for (let made = 0; made < 60; made += 1) await append(redis, keys, 0);
    await handoff.release(await readAll(handoff));
    const other = new Handoff({ redis, keys, consumer: "two" });
    const claimed: number[] = [];
    while (claimed.at(-1) !== 0) claimed.push((await other.claim({ minIdleMs: LONG_MS, count: 1_000 })).length);
    expect(claimed).toEqual([50, 10, 0]);
  });
});

describe("giving back", () => {
  it("is done in steps, so that Redis answers others in between", async () => {
    const { handoff, keys } = await prepared(setUp.redis);
    const refs = Array.from({ length: 1_001 }, (_, i) => ({ partition: i % 4, entryId: `${i + 1}-0` }));
    // Redis knows the script from here on.
    await handoff.release(refs.slice(0, 1));
    const steps: number[] = [];
    const counted = new Handoff({ redis: countingEntries(setUp.redis, steps), keys, consumer: "one" });
    expect((await counted.release(refs)).lost).toHaveLength(1_001);
    expect(steps).toEqual([500, 500, 1]);
  });
});

describe("on a cluster, one shard of which is away", () => {
  it("batches of the others are kept, given back and claimed", async () => {
    const { url, shards } = await privateRedisCluster();
    const redis = await connectRedis({ url, name: "test" });
    cleanUpAfterFile(async () => redis.disconnect());
    const { handoff, keys } = await prepared(redis, 16);
    for (let partition = 0; partition < 16; partition += 1) await append(redis, keys, partition);
    const refs = await readAll(handoff);
    expect(refs).toHaveLength(16);

    await shards[0]?.primary.kill();

    const kept = await handoff.keepAlive(refs);
    expect([kept.lost, kept.error]).toEqual([[], expect.any(Error)]);
    const away = idsOf(kept.failed).toSorted();
    expect(away.length).toBeGreaterThan(0);
    const there = idsOf(refs)
      .filter((id) => !away.includes(id))
      .toSorted();
    expect(there.length).toBeGreaterThan(0);

    const given = await handoff.release(refs);
    expect(idsOf(given.failed).toSorted()).toEqual(away);
    const other = new Handoff({ redis, keys, consumer: "two" });
    expect(idsOf(await other.claim({ minIdleMs: LONG_MS, count: 10 })).toSorted()).toEqual(there);
  });
});

async function prepared(redis: RedisClient, partitions = 4): Promise<{ handoff: Handoff; keys: Keys }> {
  const keys = createKeys({ prefix: `${setUp.keys.lease(randomUUID())}:`, partitions });
  const handoff = new Handoff({ redis, keys, consumer: "one" });
  await handoff.prepare();
  return { handoff, keys };
}

/** An entry as the gate writes it, or with other numbers than it would write. */
async function append(redis: RedisClient, keys: Keys, partition: number, numbers = "1"): Promise<string> {
  const entryId = await redis.xadd(keys.handoff(partition), "*", "c", "7", "n", numbers, "t", "1", "u", "kim");
  return formatEntryRef({ partition, entryId: entryId ?? "" });
}

/** Reads all there is, and closes the lanes. */
async function readAll(handoff: Handoff): Promise<HandoffEntry[]> {
  const entries: HandoffEntry[] = [];
  for (const lane of handoff.lanes()) {
    entries.push(...(await lane.read(ALL)));
    lane.close();
  }
  return entries;
}

function idsOf(entries: readonly EntryRef[]): string[] {
  return entries.map(formatEntryRef);
}

/** The same client; notes how many entries it is asked to hold before it has answered for the ones before. */
function countingEntries(redis: RedisClient, steps: number[]): RedisClient {
  let inFlight = 0;
  const counting = async (digest: string, keys: number, ...rest: string[]): Promise<unknown> => {
    if ((inFlight += 1) === 1) steps.push(0);
    // The key, group, owner and idle time come first, then two for each entry.
    steps.push((steps.pop() ?? 0) + (rest.length - 4) / 2);
    return redis.evalsha(digest, keys, ...rest).finally(() => (inFlight -= 1));
  };
  return new Proxy(redis, {
    get(target, name) {
      if (name === "evalsha") return counting;
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
