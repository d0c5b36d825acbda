import { once } from "node:events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, privateServers } from "@firstcome/testkit";
import { connectRedis, createRedisLease } from "../src/index.ts";
import { setUpRedis } from "./set-up.ts";
import type { RedisSetUp } from "./set-up.ts";

let setUp: RedisSetUp;
beforeAll(async () => void (setUp = await setUpRedis()));
afterAll(() => setUp.close());

describe("a lease", () => {
  it("has one holder at a time, and is free again when released", async () => {
    const { redis, keys } = setUp;
    const lease = createRedisLease({ redis, key: keys.lease("one"), ttlMs: 60_000 });
    const held = await lease.acquire();
    expect(held?.signal.aborted).toBe(false);
    expect(await lease.acquire()).toBeUndefined();
    await held?.release();
    expect(held?.signal.aborted).toBe(true);
    const again = await lease.acquire();
    expect(again).toBeDefined();
    await again?.release();
  });

  it("is renewed for as long as it is held", async () => {
    const { redis, keys } = setUp;
    const key = keys.lease("renewed");
    const held = await createRedisLease({ redis, key, ttlMs: 6_000 }).acquire();
    // Cut short behind the holder's back: only a renewal makes it long again.
    await redis.pexpire(key, 5_500);
    await eventually(async () => (await redis.pttl(key)) > 5_500);
    expect(held?.signal.aborted).toBe(false);
    await held?.release();
    expect(await redis.exists(key)).toBe(0);
  });

  it("is given up by a holder that cannot renew it, before Redis lets another have it", async () => {
    const { redis: server } = await privateServers("redis");
    const redis = await connectRedis({ url: server.url, name: "test", commandTimeoutMs: 1_000 });
    const held = await createRedisLease({ redis, key: "lease:x", ttlMs: 3_000 }).acquire();
    if (!held) throw new Error("not acquired");
    const aborted = once(held.signal, "abort");
    await server.freeze();
    await aborted;
    await server.thaw();
    redis.disconnect();
    expect(held.signal.reason).toMatchObject({ message: expect.stringContaining("could not be renewed") });
  });

  it("tells its holder when another has it, and does not take it away from that one", async () => {
    const { redis, keys } = setUp;
    const key = keys.lease("stolen");
    const held = await createRedisLease({ redis, key, ttlMs: 600 }).acquire();
    if (!held) throw new Error("not acquired");
    const aborted = once(held.signal, "abort");
    await redis.set(key, "another holder");
    await aborted;
    await held.release();
    expect(await redis.get(key)).toBe("another holder");
  });
});
