import { connectRedis, createKeys, createRedisLease } from "@firstcome/redis";
import { silentLogger } from "@firstcome/runtime";
import { cleanUpAfterFile, eventually, testRedis } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { whenRedisReturns, type WhenRedisReturnsSpec } from "../src/jobs/when-redis-returns.ts";

const { url, keyPrefix } = testRedis();
const other = await connectRedis({ url, name: "other" });
cleanUpAfterFile(async () => other.disconnect());
const key = createKeys({ prefix: keyPrefix }).lease("redis-returned");
const NEVER_MS = 1_000_000_000;

/** Looks that are counted, over a connection that can be lost. */
async function looking(
  change: Partial<WhenRedisReturnsSpec> = {},
): Promise<{ looks: () => number; look: () => void; lose: () => Promise<void> }> {
  const redis = await connectRedis({ url, name: "test" });
  cleanUpAfterFile(async () => redis.disconnect());
  let looks = 0;
  const watch = whenRedisReturns({
    redis,
    lease: createRedisLease({ redis, key, ttlMs: 60_000 }),
    load: () => Promise.resolve(),
    tellTerms: () => Promise.resolve(),
    settleMs: NEVER_MS,
    log: silentLogger,
    ...change,
    closeBehind: async (signal) => {
      looks += 1;
      return change.closeBehind ? change.closeBehind(signal) : { closed: [], whole: true };
    },
  });
  cleanUpAfterFile(async () => await watch[Symbol.asyncDispose]());
  return {
    looks: () => looks,
    look: () => watch.look(),
    async lose() {
      const back = new Promise((resolve) => redis.once("ready", resolve));
      redis.disconnect(true);
      await back;
    },
  };
}

describe("whenRedisReturns", () => {
  it("looks when Redis is there again, and once more when workers have written what they had", async () => {
    const { looks, lose } = await looking({ settleMs: 50 });
    expect(looks()).toBe(0);

    await lose();

    await eventually(() => expect(looks()).toBe(2));
  });

  it("looks when it is told to as if Redis had returned", async () => {
    const { looks, look } = await looking({ settleMs: 50 });

    look();

    await eventually(() => expect(looks()).toBe(2));
  });

  it("looks again when Redis returns during a look", async () => {
    const first = Promise.withResolvers<{ closed: string[]; whole: boolean }>();
    const { looks, lose } = await looking({
      closeBehind: () => (looks() === 1 ? first.promise : Promise.resolve({ closed: [], whole: true })),
    });
    await lose();
    await eventually(() => expect(looks()).toBe(1));

    await lose();
    first.resolve({ closed: [], whole: true });

    await eventually(() => expect(looks()).toBe(2));
  });

  it("repeats a look that leaves out some, and one that fails; and loads what each has closed", async () => {
    const loaded: string[] = [];
    const { looks, lose } = await looking({
      closeBehind() {
        if (looks() === 1) throw new Error("the database is away");
        return Promise.resolve({ closed: [String(looks())], whole: looks() > 2 });
      },
      load: (couponIds) => Promise.resolve(void loaded.push(...couponIds)),
      tellTerms: () => (looks() === 3 ? Promise.reject(new Error("a shard is away")) : Promise.resolve()),
    });

    await lose();

    await eventually(() => expect(loaded).toEqual(["2", "3", "4"]));
    expect(looks()).toBe(4);
  });

  it("looks after another process, whose look may have begun before", async () => {
    const held = await createRedisLease({ redis: other, key, ttlMs: 60_000 }).acquire();
    const { looks, lose } = await looking();
    await lose();
    expect(looks()).toBe(0);

    await held?.release();

    await eventually(() => expect(looks()).toBe(1));
  });
});
