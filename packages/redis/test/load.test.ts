import { eventually } from "@firstcome/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CouponState, Handoff } from "../src/index.ts";
import type { CouponTerms, LoadResult, LoadSource, Winner } from "../src/index.ts";
import { beforeEachRead } from "./between-commands.ts";
import { handedOff, openTerms, OTHER_REIGN, setUpRedis, sourceOf } from "./set-up.ts";
import type { RedisSetUp } from "./set-up.ts";

let setUp: RedisSetUp;
beforeAll(async () => void (setUp = await setUpRedis()));
afterAll(() => setUp.close());

const rowsUpTo = (count: number, acceptedAt = 1_700_000_000_000): Winner[] =>
  Array.from({ length: count }, (_, i) => ({ userId: `user-${i + 1}`, issueNo: i + 1, acceptedAt: acceptedAt + i }));

describe("loading a coupon", () => {
  it("brings back winners, numbers and times from the rows", async () => {
    const { gate, state } = setUp;
    const terms = openTerms({ quantity: 2_600 });
    const rows = rowsUpTo(2_500);
    expect(await state.load(terms.couponId, sourceOf(terms, rows))).toEqual({
      loaded: true,
      winners: 2_500,
      nextNo: 2_501,
    });
    expect(await state.findWinner(terms.couponId, "user-1234")).toEqual({
      issueNo: 1_234,
      acceptedAt: rows[1_233]?.acceptedAt,
    });
    const loaded = (await Array.fromAsync(state.winners(terms.couponId))).flat();
    expect(loaded.toSorted((a, b) => a.issueNo - b.issueNo)).toEqual(rows);
    expect(await gate.issue(terms.couponId, "user-7")).toMatchObject({ outcome: "ALREADY_ISSUED", issueNo: 7 });
    expect(await gate.issue(terms.couponId, "new")).toMatchObject({ outcome: "ACCEPTED", issueNo: 2_501 });
  });

  it("finds winners that are on their way as well", async () => {
    const { redis, keys, gate, state } = setUp;
    const terms = openTerms({ quantity: 100 });
    await state.load(terms.couponId, sourceOf(terms));
    await gate.issueAll(terms.couponId, ["a", "b", "c"]);
    await redis.del(keys.coupon(terms.couponId));
    // Only "a" has a row yet.
    const rows = [{ userId: "a", issueNo: 1, acceptedAt: Date.now() }];
    expect(await state.load(terms.couponId, sourceOf(terms, rows))).toEqual({ loaded: true, winners: 3, nextNo: 4 });
    expect(await gate.issue(terms.couponId, "c")).toMatchObject({ outcome: "ALREADY_ISSUED", issueNo: 3 });
  });

  it("misses no winner that goes back and forth between the hand-off and the dead letters meanwhile", async () => {
    const { redis, keys, gate, state } = setUp;
    const terms = openTerms();
    const { couponId } = terms;
    await state.load(couponId, sourceOf(terms));
    await gate.issueAll(couponId, ["kim"]);
    await redis.del(keys.coupon(couponId), `${keys.winners(couponId)}0`);

    const moving = new CouponState({ redis: beforeEachRead(redis, moveBetweenStreams(setUp, couponId)), keys });
    expect(await moving.load(couponId, sourceOf(terms))).toEqual({ loaded: true, winners: 1, nextNo: 2 });
    expect(await gate.issue(couponId, "kim")).toMatchObject({ outcome: "ALREADY_ISSUED", issueNo: 1 });
  });

  it("accepts nobody before it is complete", async () => {
    const { gate, state } = setUp;
    const terms = openTerms({ quantity: 3_000 });
    const { promise: halfway, resolve: atHalf } = Promise.withResolvers<void>();
    const { promise: goOn, resolve: release } = Promise.withResolvers<void>();
    const source: LoadSource = {
      ...sourceOf(terms),
      winners: async function* () {
        yield rowsUpTo(1_000);
        atHalf();
        await goOn;
        yield rowsUpTo(2_000).slice(1_000);
      },
    };
    const loading = state.load(terms.couponId, source);
    await halfway;
    expect(await gate.issue(terms.couponId, "early")).toEqual({ outcome: "NOT_LOADED" });
    expect(await gate.issue(terms.couponId, "user-5")).toEqual({ outcome: "NOT_LOADED" });
    expect(await state.findWinner(terms.couponId, "user-5")).toBe("NOT_LOADED");
    expect(await state.load(terms.couponId, sourceOf(terms))).toEqual({ loaded: false, why: "LOADING_ELSEWHERE" });
    release();
    expect(await loading).toEqual({ loaded: true, winners: 2_000, nextNo: 2_001 });
    expect(await gate.issue(terms.couponId, "early")).toMatchObject({ outcome: "ACCEPTED", issueNo: 2_001 });
  });

  it("is taken over from a loader that has died, which then cannot write any more", async () => {
    const { redis, keys, state } = setUp;
    const terms = openTerms({ quantity: 50 });
    const { promise: begun, resolve: atBegin } = Promise.withResolvers<void>();
    const { promise: goOn, resolve: release } = Promise.withResolvers<void>();
    const frozen: LoadSource = {
      ...sourceOf(terms),
      winners: async function* () {
        atBegin();
        await goOn;
        yield [{ userId: "ghost", issueNo: 1, acceptedAt: 0 }];
      },
    };
    const first = state.load(terms.couponId, frozen);
    await begun;
    await redis.hset(keys.coupon(terms.couponId), "loader_until", 1); // as if its time had passed
    expect(await state.load(terms.couponId, sourceOf(terms))).toMatchObject({ loaded: true, nextNo: 1 });
    release();
    expect(await first).toEqual({ loaded: false, why: "LOADING_ELSEWHERE" });
    expect(await state.findWinner(terms.couponId, "ghost")).toBe("NOT_WINNER");
  });

  it("that fails can be tried again at once, and until then nobody is accepted", async () => {
    const { gate, state } = setUp;
    const terms = openTerms({ quantity: 3_000 });
    const failing: LoadSource = {
      ...sourceOf(terms),
      winners: async function* () {
        yield rowsUpTo(1_000);
        throw new Error("the database went away");
      },
    };
    await expect(state.load(terms.couponId, failing)).rejects.toThrow("the database went away");
    expect(await gate.issue(terms.couponId, "early")).toEqual({ outcome: "NOT_LOADED" });
    expect(await state.load(terms.couponId, sourceOf(terms, rowsUpTo(2_000)))).toMatchObject({ nextNo: 2_001 });
  });

  it("waits for what workers may have when Redis has lost the coupon, not when its first load is tried again", async () => {
    const { redis, keys, state } = setUp;
    const { terms, source, failing, waits } = enteringSource();
    const { couponId } = terms;
    await expect(state.load(couponId, failing)).rejects.toThrow("the database went away");

    expect(await state.load(couponId, source)).toMatchObject({ loaded: true });
    expect(waits()).toBe(0);
    await redis.del(keys.coupon(couponId));
    expect(await state.load(couponId, source)).toMatchObject({ loaded: true });
    expect(waits()).toBe(1);
  });

  it("waits for its turn before it reads winners, unless there are none to read", async () => {
    const { state } = setUp;
    const terms = openTerms({ quantity: 2 });
    const order: string[] = [];
    const source = (entry: "FIRST" | "AGAIN"): LoadSource => ({
      ...sourceOf(terms),
      enter: () => Promise.resolve(entry),
      async *turn() {
        order.push("turn");
        yield [];
      },
      async *winners() {
        order.push("winners");
        yield rowsUpTo(1);
      },
    });

    await state.load(terms.couponId, source("FIRST"));
    expect(order.splice(0)).toEqual(["winners"]);
    await state.load(terms.couponId, source("AGAIN"), { rebuild: true });

    expect(order).toEqual(["turn", "winners"]);
  });

  it("does not believe what was noted of a first load in an earlier reign of the server", async () => {
    const { redis, keys, state } = setUp;
    const { terms, source, failing, waits } = enteringSource();
    const { couponId } = terms;
    await expect(state.load(couponId, failing)).rejects.toThrow("the database went away");
    // As of a backup: the coupon may have been loaded, and sold, after it was made.
    await redis.hset(keys.coupon(couponId), "first", OTHER_REIGN);

    expect(await state.load(couponId, source)).toMatchObject({ loaded: true });

    expect(waits()).toBe(1);
  });

  it.each([0, 1])(
    "begins anew in another reign of the server, which may lack winners that it had written (%i chunks)",
    async (after) => {
      const { redis, keys, gate, state } = setUp;
      const terms = openTerms({ quantity: 2_000 });
      const { couponId } = terms;
      const rows = rowsUpTo(1_000);
      const taking: LoadSource = {
        ...sourceOf(terms),
        async *winners() {
          yield rows;
          // As a replica holds it that was behind when it took over: it has the token and not the winners.
          const buckets = Number(await redis.hget(keys.coupon(couponId), "buckets"));
          await redis
            .multi()
            .del(...Array.from({ length: buckets }, (_, bucket) => `${keys.winners(couponId)}${bucket}`))
            .hset(keys.coupon(couponId), "loader_reign", OTHER_REIGN)
            .exec();
          if (after > 0) yield [];
        },
      };

      expect(await state.load(couponId, taking)).toEqual({ loaded: false, why: "LOADING_ELSEWHERE" });

      expect(await gate.issue(couponId, "user-7")).toEqual({ outcome: "NOT_LOADED" });
      await redis.hset(keys.coupon(couponId), {
        loader: "gone",
        loader_until: Date.now() + 60_000,
        loader_reign: OTHER_REIGN,
      });
      expect(await state.load(couponId, sourceOf(terms, rows))).toMatchObject({ loaded: true, nextNo: 1_001 });
      expect(await gate.issue(couponId, "user-7")).toMatchObject({ outcome: "ALREADY_ISSUED", issueNo: 7 });
    },
  );

  it("waits for it as well when the gate was closed in an earlier reign of the server, not when in this one", async () => {
    const { redis, keys, state } = setUp;
    const { terms, source, waits } = enteringSource();
    const { couponId } = terms;
    await state.load(couponId, source);
    await state.close(couponId, 60_000);
    await redis.hset(keys.coupon(couponId), "loader_until", 1); // as if its time had passed
    expect(await state.load(couponId, source)).toMatchObject({ loaded: true });
    expect(waits()).toBe(0);
    await state.close(couponId, 60_000);
    await redis.hset(keys.coupon(couponId), { loader_reign: OTHER_REIGN, closed_reign: OTHER_REIGN });

    expect(await state.load(couponId, source)).toMatchObject({ loaded: true });

    expect(waits()).toBe(1);
  });

  it("waits for it as well when a load that had to wait has died before", async () => {
    const { redis, keys, state } = setUp;
    const { terms, source, waits } = enteringSource();
    const { couponId } = terms;
    await state.load(couponId, source);
    await state.close(couponId, 60_000);
    await redis.hset(keys.coupon(couponId), { loader_reign: OTHER_REIGN, closed_reign: OTHER_REIGN });

    expect(await loadAfterOneThatDies(terms, source)).toMatchObject({ loaded: true });

    expect(waits()).toBe(1);
  });

  it("notes no first load in another reign of the server, in which it may have come to its end already", async () => {
    const { redis, keys, state } = setUp;
    const terms = openTerms();
    const key = keys.coupon(terms.couponId);
    const source: LoadSource = {
      ...sourceOf(terms),
      async enter() {
        await redis.hset(key, "loader_reign", OTHER_REIGN);
        return "FIRST";
      },
    };

    expect(await state.load(terms.couponId, source)).toEqual({ loaded: false, why: "LOADING_ELSEWHERE" });

    expect(await redis.hexists(key, "first")).toBe(0);
  });

  it("waits for it as well when a gate is rebuilt, which may lack what workers have", async () => {
    const { state } = setUp;
    const { terms, source, waits } = enteringSource();
    await state.load(terms.couponId, source);
    expect(waits()).toBe(0);

    expect(await state.load(terms.couponId, source, { rebuild: true })).toMatchObject({ loaded: true });

    expect(waits()).toBe(1);
  });

  it("waits for it as well after a rebuild that died before it had waited", async () => {
    const { state } = setUp;
    const { terms, source, waits } = enteringSource();
    await state.load(terms.couponId, source);

    expect(await loadAfterOneThatDies(terms, source, { rebuild: true })).toMatchObject({ loaded: true });

    expect(waits()).toBe(1);
  });

  it("waits for a silent loader no longer than ever meant when the clock of Redis was set back since", async () => {
    const { redis, keys, state } = setUp;
    const terms = openTerms();
    await state.load(terms.couponId, sourceOf(terms));
    await state.close(terms.couponId, 1);
    await redis.hset(keys.coupon(terms.couponId), "loader_until", Date.now() + 3_600_000); // as of an hour ahead

    expect(await state.load(terms.couponId, sourceOf(terms))).toEqual({ loaded: false, why: "LOADING_ELSEWHERE" });

    await eventually(async () => {
      expect(await state.load(terms.couponId, sourceOf(terms))).toMatchObject({ loaded: true });
    });
  });

  it("leaves a loaded coupon alone, and an unknown one unwritten", async () => {
    const { redis, keys, state } = setUp;
    const terms = openTerms();
    await state.load(terms.couponId, sourceOf(terms));
    expect(await state.load(terms.couponId, sourceOf(terms))).toEqual({ loaded: false, why: "ALREADY_LOADED" });
    expect(await state.load("999999", sourceOf(terms))).toEqual({ loaded: false, why: "UNKNOWN_COUPON" });
    expect(await redis.exists(keys.coupon("999999"))).toBe(0);
  });

  it("never lets the next number fall, whatever the rows say", async () => {
    const { gate, state } = setUp;
    const terms = openTerms();
    await state.load(terms.couponId, sourceOf(terms));
    await gate.issueAll(terms.couponId, ["a", "b"]);
    expect(await handedOff(setUp, terms.couponId)).toHaveLength(1);
    await state.load(terms.couponId, sourceOf(terms), { rebuild: true });
    expect(await state.read(terms.couponId)).toMatchObject({ nextNo: 3, remaining: 8 });
    expect(await gate.issue(terms.couponId, "a")).toMatchObject({ outcome: "ALREADY_ISSUED", issueNo: 1 });
  });
});

/** A database that knows whether the coupon was in the gate, and counts how often it waited for what workers have. */
function enteringSource(): { terms: CouponTerms; source: LoadSource; failing: LoadSource; waits: () => number } {
  const terms = openTerms();
  let entered = false;
  let waits = 0;
  const source: LoadSource = {
    ...sourceOf(terms),
    enter() {
      const entry = entered ? "AGAIN" : "FIRST";
      entered = true;
      return Promise.resolve(entry);
    },
    async *settled() {
      waits += 1;
      yield [];
    },
  };
  const failing: LoadSource = {
    ...source,
    async *winners() {
      yield [];
      throw new Error("the database went away");
    },
  };
  return { terms, source, failing, waits: () => waits };
}

/** Loads a coupon while another load of it, begun before, hangs for good where it waits for what workers have. */
async function loadAfterOneThatDies(
  { couponId }: CouponTerms,
  source: LoadSource,
  how?: { rebuild: boolean },
): Promise<LoadResult | undefined> {
  const { redis, keys, state } = setUp;
  let loaded: LoadResult | undefined;
  const dying: LoadSource = {
    ...source,
    async *settled() {
      await redis.hset(keys.coupon(couponId), "loader_until", 1); // as if its time had passed
      loaded = await state.load(couponId, source);
      yield [];
    },
  };
  expect(await state.load(couponId, dying, how)).toEqual({ loaded: false, why: "LOADING_ELSEWHERE" });
  return loaded;
}

/** Each call moves a coupon's one item to the other stream: makes it a dead letter, or puts it back on its way. */
function moveBetweenStreams({ redis, keys }: RedisSetUp, couponId: string): () => Promise<void> {
  const handoff = new Handoff({ redis, keys, consumer: "test" });
  const partition = keys.partitionOf(couponId);
  return async () => {
    const { letters } = await handoff.deadLetters.list({ limit: 100 });
    const letter = letters.find((one) => one.couponId === couponId);
    if (letter) {
      await handoff.deadLetters.redrive(letter.id);
      return;
    }
    const entries = await redis.xrange(keys.handoff(partition), "-", "+");
    const [entryId = ""] = entries.find(([, fields]) => fields[fields.indexOf("c") + 1] === couponId) ?? [];
    const dead = [{ userIds: ["kim"], issueNos: [1], reason: "TEST", attempts: 1 }];
    await handoff.settle(partition, [{ entryId, dead }]);
  };
}
