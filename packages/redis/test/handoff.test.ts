import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CouponState, createKeys, Gate, Handoff, HandoffRecords } from "../src/index.ts";
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
  const terms = openTerms();
  couponId = terms.couponId;
  lane = handoff.lanes().find(({ partitions }) => partitions.includes(keys.partitionOf(couponId))) as HandoffLane;
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
    expect((await handoff.keepAlive([entry])).lost).toEqual([]);

    expect(await other.claim({ minIdleMs: 0, count: 10 })).toEqual([{ ...entry, failures: 2 }]);
    const { lost } = await handoff.keepAlive([entry]);
    expect(lost).toEqual([{ partition: entry.partition, entryId: entry.entryId }]);
    expect((await other.keepAlive([entry])).lost).toEqual([]);
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

  it("turns an entry that the gate did not write into a dead letter, which keeps what was written", async () => {
    await readOne();
    await setUp.redis.xadd(
      keys.handoff(keys.partitionOf(couponId)),
      "*",
      "c",
      couponId,
      "u",
      "d e",
      "n",
      "nonsense",
      "t",
      "1",
    );
    expect(await lane.read({ countPerPartition: 10, blockMs: 1 })).toEqual([]);
    const { letters } = await handoff.deadLetters.list({ limit: 10 });
    expect(letters).toMatchObject([{ couponId, userIds: ["d", "e"], issueNos: [], reason: "MALFORMED_ENTRY" }]);
    await handoff.deadLetters.redrive(letters[0]?.id ?? "");
    const [again] = await setUp.redis.xrevrange(keys.handoff(keys.partitionOf(couponId)), "+", "-", "COUNT", 1);
    expect(again?.[1]).toEqual(["c", couponId, "n", "nonsense", "t", "1", "u", "d e"]);
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
    expect((await handoff.keepAlive([entry])).lost).toEqual([]);
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
    await Promise.all(Array.from({ length: keys.partitions }, (_, p) => setUp.redis.del(keys.handoff(p))));
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

  it("ends a page at 20 000 items too, which a message has room for, and gives a larger letter one of its own", async () => {
    const stream = keys.dead(keys.partitionOf(couponId));
    for (const size of [10_000, 9_999, 1, 1, 20_001, 20_000]) {
      await setUp.redis.xadd(stream, "*", "c", couponId, "u", "a ".repeat(size).trimEnd());
    }
    const pages: number[][] = [];
    for (let after: string | undefined; ;) {
      const page = await handoff.deadLetters.list({ limit: 200, ...(after !== undefined && { after }) });
      pages.push(page.letters.map(({ userIds }) => userIds.length));
      if (page.next === undefined) break;
      after = page.next;
    }
    expect(pages).toEqual([[10_000, 9_999, 1], [1], [20_001], [20_000]]);
  });

  it("lists them whole in one page when they are small, however many are read at once", async () => {
    const stream = keys.dead(keys.partitionOf(couponId));
    for (let made = 0; made < 45; made += 1) await setUp.redis.xadd(stream, "*", "c", couponId, "u", `u${made}`);
    const { letters, next } = await handoff.deadLetters.list({ limit: 45 });
    expect(letters.map(({ userIds }) => userIds[0])).toEqual(Array.from({ length: 45 }, (_, made) => `u${made}`));
    expect(next).toBeUndefined();
  });

  it("names all that are there when it begins, however many, and none that comes while it does", async () => {
    const { partition } = await kill();
    const stream = keys.dead(partition);
    const more = setUp.redis.pipeline();
    for (let made = 0; made < 1_000; made += 1) more.xadd(stream, "*", "c", couponId);
    await more.exec();
    const ids: string[] = [];
    for await (const id of handoff.deadLetters.ids()) {
      if (ids.push(id) === 1) await setUp.redis.xadd(stream, "*", "c", couponId);
    }
    const { letters } = await handoff.deadLetters.list({ limit: 2_000 });
    expect(ids).toHaveLength(1_002);
    expect(ids).toEqual(letters.slice(0, -1).map(({ id }) => id));
  });

  it("puts one back on the hand-off, once, with its numbers", async () => {
    await kill();
    const { letters } = await handoff.deadLetters.list({ limit: 10 });
    const id = letters[1]?.id ?? "";
    expect(await handoff.deadLetters.redrive(id)).toBe(true);
    expect(await handoff.deadLetters.redrive(id)).toBe(false);
    expect(await readOne()).toMatchObject({ couponId, userIds: ["c"], issueNos: [3], failures: 0 });
  });

  it("discards one, once, and keeps in mind whose numbers are given up", async () => {
    await kill();
    const { letters } = await handoff.deadLetters.list({ limit: 10 });
    const id = letters[0]?.id ?? "";
    expect(await handoff.deadLetters.discard(id)).toEqual(letters[0]);
    expect(await handoff.deadLetters.discard(id)).toBeUndefined();
    expect(await handoff.deadLetters.discard("no such thing")).toBeUndefined();
    const records = new HandoffRecords({ redis: setUp.redis, keys });
    const { userIds = [], issueNos = [] } = letters[0] ?? {};
    const given = new Map(issueNos.map((no, i) => [no, [userIds[i]]]));
    expect(await records.givenUp(couponId, [1, 2, 3])).toEqual(given);
    expect(await records.givenUp(`${couponId}0`, [1, 2, 3])).toEqual(new Map());
    expect(await handoff.deadLetters.redrive("99:1-1")).toBe(false);
    expect(await handoff.deadLetters.redrive("0:99999999999999999999-1")).toBe(false);
  });

  it("keeps nothing in mind of one whose coupon cannot be read", async () => {
    const partition = keys.partitionOf("0");
    const entryId = await setUp.redis.xadd(keys.dead(partition), "*", "c", "stranger", "u", "a", "n", "1");

    expect(await handoff.deadLetters.discard(`${partition}:${entryId}`)).toMatchObject({
      couponId: "0",
      issueNos: [1],
    });

    expect(await setUp.redis.exists(keys.givenUp("0"))).toBe(0);
  });

  it("keeps both users in mind who were told one number, when both are discarded", async () => {
    const { partition, entryId } = await readOne();
    const items = { issueNos: [1], reason: "NUMBER_CONFLICT", attempts: 1 };
    const dead = ["a", "z"].map((userId) => ({ ...items, userIds: [userId] }));
    await handoff.settle(partition, [{ entryId, dead }]);

    for (const { id } of (await handoff.deadLetters.list({ limit: 10 })).letters) await handoff.deadLetters.discard(id);

    const records = new HandoffRecords({ redis: setUp.redis, keys });
    expect(await records.givenUp(couponId, [1, 2])).toEqual(new Map([[1, ["a", "z"]]]));
  });
});

describe("HandoffRecords", () => {
  it("tells of numbers on their way and among the dead letters, in any state", async () => {
    const entry = await readOne();
    await new Gate({ redis: setUp.redis, keys }).issueAll(couponId, ["d"]);
    const dead = [{ userIds: ["b"], issueNos: [2], reason: "NUMBER_CONFLICT", attempts: 1 }];
    await handoff.settle(entry.partition, [{ entryId: entry.entryId, dead }]);
    const records = new HandoffRecords({ redis: setUp.redis, keys });

    const pending = (await Array.fromAsync(records.pending(couponId))).flat();

    expect(pending.toSorted((a, b) => a - b)).toEqual([2, 4]);
  });

  it("gives up numbers of which nobody knows the winner, and leaves claims alone that are given up", async () => {
    const records = new HandoffRecords({ redis: setUp.redis, keys });
    await setUp.redis.hset(keys.givenUp(couponId), "7", "kim lee");

    const numbers = Array.from({ length: 2_500 }, (_, i) => i + 1);
    await records.giveUp(couponId, numbers);

    const all = (await Array.fromAsync(records.allGivenUp(couponId))).flat();
    expect([...new Set(all)].toSorted((a, b) => a - b)).toEqual(numbers);
    const users = await records.givenUp(couponId, [6, 7, 2_501]);
    expect([...users]).toEqual([
      [6, []],
      [7, ["kim", "lee"]],
    ]);
  });

  it("hands off again what the gate holds with that number and time, as the gate did, and nothing else", async () => {
    const { acceptedAt, partition, entryId } = await readOne();
    await new Gate({ redis: setUp.redis, keys }).issueAll(couponId, ["d"]);
    await setUp.redis.xtrim(keys.handoff(partition), "MAXLEN", 0);
    const later = (await new CouponState({ redis: setUp.redis, keys }).findWinner(couponId, "d")) as {
      acceptedAt: number;
    };
    const winner = (userId: string, issueNo: number, at = acceptedAt) => ({ userId, issueNo, acceptedAt: at });
    const records = new HandoffRecords({ redis: setUp.redis, keys });

    const winners = [winner("d", 4, later.acceptedAt), winner("b", 2), winner("a", 1), winner("c", 3)];
    expect(await records.handOffAgain(couponId, winners)).toBe(4);
    const wrong = [winner("a", 2), winner("stranger", 5), winner("b", 2, acceptedAt + 1)];
    for (const one of wrong) expect(await records.handOffAgain(couponId, [one])).toBe(0);
    expect(await records.handOffAgain(`${couponId}0`, [winner("a", 1)])).toBe(0);

    const entries = await lane.read({ countPerPartition: 10, blockMs: 1 });
    const items = entries.flatMap(({ userIds, issueNos, acceptedAt: at }) =>
      userIds.map((userId, i) => winner(userId, issueNos[i] ?? 0, at)),
    );
    expect(items).toEqual(winners.toSorted((a, b) => a.issueNo - b.issueNo));
    expect(entries.every((entry) => entry.entryId !== entryId && entry.failures === 0)).toBe(true);
  });
});
