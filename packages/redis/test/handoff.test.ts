import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CouponState, createKeys, Gate, Handoff } from "../src/index.ts";
import type { HandoffEntry, HandoffLane, Keys } from "../src/index.ts";
import { openTerms, setUpRedis, sourceOf } from "./set-up.ts";
import type { RedisSetUp } from "./set-up.ts";

let setUp: RedisSetUp;
beforeAll(async () => void (setUp = await setUpRedis()));
afterAll(() => setUp.close());

let keys: Keys;
let handoff: Handoff;
let lane: HandoffLane;
let couponId: string;

// Each test has streams of its own, with three winners in one entry.
beforeEach(async () => {
  const { redis } = setUp;
  keys = createKeys({ prefix: `${setUp.keys.lease(randomUUID())}:`, partitions: 4 });
  handoff = new Handoff({ redis, keys, consumer: "one" });
  await handoff.prepare();
  [lane] = handoff.lanes() as [HandoffLane];
  const terms = openTerms();
  couponId = terms.couponId;
  await new CouponState({ redis, keys }).load(couponId, sourceOf(terms));
  await new Gate({ redis, keys }).issueAll(couponId, ["a", "b", "c"]);
  return () => lane.close();
});

const readOne = async (): Promise<HandoffEntry> => {
  const [entry] = await lane.read({ countPerPartition: 10, blockMs: 1 });
  if (!entry) throw new Error("nothing to read");
  return entry;
};

/** Of all partitions. */
const consumers = async (): Promise<string[]> => {
  const names: string[] = [];
  for (let partition = 0; partition < keys.partitions; partition++) {
    const replies = (await setUp.redis.xinfo("CONSUMERS", keys.handoff(partition), "dispatch")) as string[][];
    names.push(...replies.map((reply) => String(reply[1])));
  }
  return names;
};

/** Makes a consumer known in all partitions, as it is after some time. */
const enrol = async (consumer: string): Promise<void> => {
  for (let partition = 0; partition < keys.partitions; partition++) {
    await setUp.redis.xgroup("CREATECONSUMER", keys.handoff(partition), "dispatch", consumer);
  }
};

describe("Handoff", () => {
  it("reads each entry once, whole", async () => {
    expect(await readOne()).toEqual({
      partition: keys.partitionOf(couponId),
      entryId: expect.stringMatching(/^\d+-\d+$/),
      couponId,
      acceptedAt: expect.closeTo(Date.now(), -5),
      userIds: ["a", "b", "c"],
      issueNos: [1, 2, 3],
      failures: 0,
    });
    expect(await lane.read({ countPerPartition: 10, blockMs: 1 })).toEqual([]);
  });

  it("keeps an entry until it is settled, by whomever, and settles it once", async () => {
    const entry = await readOne();
    expect(await handoff.stats()).toEqual({
      backlog: 1,
      pending: 1,
      oldestAcceptedAt: entry.acceptedAt,
      deadLetters: 0,
    });
    const other = new Handoff({ redis: setUp.redis, keys, consumer: "two" });
    const dead = [{ userIds: ["b"], issueNos: [2], reason: "NUMBER_CONFLICT", attempts: 1 }];
    await other.settle(entry.partition, [{ entryId: entry.entryId, dead }]);
    await handoff.settle(entry.partition, [{ entryId: entry.entryId, dead }]);
    expect(await handoff.stats()).toEqual({ backlog: 0, pending: 0, oldestAcceptedAt: undefined, deadLetters: 1 });
  });

  it("lets another consumer take what has been left alone, with its failures, and not what is kept alive", async () => {
    const entry = await readOne();
    await handoff.recordFailure(entry.partition, entry.entryId, 2);
    const other = new Handoff({ redis: setUp.redis, keys, consumer: "two" });
    expect(await other.claim({ minIdleMs: 60_000, count: 10 })).toEqual([]);
    expect(await handoff.keepAlive([entry])).toEqual([]);

    expect(await other.claim({ minIdleMs: 0, count: 10 })).toEqual([{ ...entry, failures: 2 }]);
    expect(await handoff.keepAlive([entry])).toEqual([{ partition: entry.partition, entryId: entry.entryId }]);
    expect(await other.keepAlive([entry])).toEqual([]);
    // What it does not own it can neither count nor give back.
    await handoff.recordFailure(entry.partition, entry.entryId, 9);
    await handoff.release([entry]);
    expect(await handoff.claim({ minIdleMs: 60_000, count: 10 })).toEqual([]);
  });

  it("gives released entries to the next who claims, without counting it", async () => {
    const entry = await readOne();
    await handoff.release([entry]);
    const other = new Handoff({ redis: setUp.redis, keys, consumer: "two" });
    expect(await other.claim({ minIdleMs: 3_600_000, count: 10 })).toEqual([entry]);
  });

  it("turns an entry that the gate did not write into a dead letter", async () => {
    await readOne();
    await setUp.redis.xadd(keys.handoff(1), "*", "c", couponId, "u", "d e", "n", "nonsense", "t", "1");
    expect(await lane.read({ countPerPartition: 10, blockMs: 1 })).toEqual([]);
    const { letters } = await handoff.deadLetters.list({ limit: 10 });
    expect(letters).toMatchObject([{ couponId, userIds: ["d", "e"], issueNos: [], reason: "MALFORMED_ENTRY" }]);
  });

  it("ends a waiting read when its lane is closed", async () => {
    await readOne();
    const reading = lane.read({ countPerPartition: 1, blockMs: 60_000 });
    lane.close();
    expect(await reading).toEqual([]);
  });

  it("is left by a consumer where it has nothing, and never where it has", async () => {
    const entry = await readOne();
    await enrol("one");
    await enrol("two");
    await handoff.leave();
    expect((await consumers()).toSorted()).toEqual(["one", "two", "two", "two", "two"]);
    expect(await handoff.keepAlive([entry])).toEqual([]);
    await handoff.settle(entry.partition, [entry]);
    await handoff.leave();
    expect(await consumers()).toEqual(["two", "two", "two", "two"]);
  });

  it("forgets consumers that are silent and have nothing, and only these", async () => {
    const entry = await readOne();
    await enrol("two");
    expect(await handoff.forgetSilent(3_600_000)).toBe(0);
    expect(await handoff.forgetSilent(0)).toBe(4);
    expect(await consumers()).toEqual(["one"]);
    // It was alive all the same.
    const other = new Handoff({ redis: setUp.redis, keys, consumer: "two" });
    expect(await other.claim({ minIdleMs: 0, count: 1 })).toEqual([entry]);
  });

  it("pauses and resumes, and numbers workers", async () => {
    expect(await handoff.paused()).toBe(false);
    await handoff.pause();
    expect(await handoff.paused()).toBe(true);
    await handoff.resume();
    expect(await handoff.paused()).toBe(false);
    expect([await handoff.nextWorkerSerial(), await handoff.nextWorkerSerial()]).toEqual(["1", "2"]);
  });

  it("is not prepared for another number of partitions than its data has", async () => {
    const { redis } = setUp;
    const prefix = keys.partitionCount().replace(/fc:partitions$/, "");
    const other = new Handoff({ redis, keys: createKeys({ prefix, partitions: 3 }), consumer: "two" });
    await expect(other.prepare()).rejects.toThrow(/4 partitions, not 3/);
    await expect(handoff.prepare()).resolves.toBeUndefined();
  });

  it("prepares again after Redis came back empty", async () => {
    await readOne();
    await setUp.redis.del(...Array.from({ length: keys.partitions }, (_, p) => keys.handoff(p)));
    await expect(lane.read({ countPerPartition: 1, blockMs: 1 })).rejects.toThrow(/^NOGROUP/);
    await handoff.prepare();
    expect(await lane.read({ countPerPartition: 1, blockMs: 1 })).toEqual([]);
  });
});

describe("DeadLetters", () => {
  const kill = async (): Promise<HandoffEntry> => {
    const entry = await readOne();
    const dead = ["a", "c"].map((userId, i) => ({
      userIds: [userId],
      issueNos: [1 + 2 * i],
      reason: userId,
      attempts: 3,
    }));
    await handoff.settle(entry.partition, [{ entryId: entry.entryId, dead }]);
    return entry;
  };

  it("lists them in pages", async () => {
    const entry = await kill();
    const first = await handoff.deadLetters.list({ limit: 1 });
    expect(first.letters).toEqual([
      {
        id: expect.stringMatching(/^\d:\d+-\d+$/),
        batchId: `${entry.partition}:${entry.entryId}`,
        couponId,
        acceptedAt: entry.acceptedAt,
        userIds: ["a"],
        issueNos: [1],
        reason: "a",
        attempts: 3,
        deadSince: expect.any(Number),
      },
    ]);
    const second = await handoff.deadLetters.list({ limit: 1, after: first.next ?? "" });
    expect(second).toMatchObject({ letters: [{ userIds: ["c"], issueNos: [3] }], next: undefined });
  });

  it("puts one back on the hand-off, once, with its numbers", async () => {
    await kill();
    const { letters } = await handoff.deadLetters.list({ limit: 10 });
    const id = letters[1]?.id ?? "";
    expect(await handoff.deadLetters.redrive(id)).toBe(true);
    expect(await handoff.deadLetters.redrive(id)).toBe(false);
    expect(await readOne()).toMatchObject({ couponId, userIds: ["c"], issueNos: [3], failures: 0 });
  });

  it("discards one, once", async () => {
    await kill();
    const { letters } = await handoff.deadLetters.list({ limit: 10 });
    const id = letters[0]?.id ?? "";
    expect(await handoff.deadLetters.discard(id)).toEqual(letters[0]);
    expect(await handoff.deadLetters.discard(id)).toBeUndefined();
    expect(await handoff.deadLetters.discard("no such thing")).toBeUndefined();
    expect(await handoff.deadLetters.redrive("99:1-1")).toBe(false);
    expect(await handoff.deadLetters.redrive("0:99999999999999999999-1")).toBe(false);
  });
});
