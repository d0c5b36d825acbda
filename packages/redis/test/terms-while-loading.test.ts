import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CouponState } from "../src/index.ts";
import type { CouponTerms, LoadSource } from "../src/index.ts";
import { afterEachScript, beforeEachScript } from "./between-commands.ts";
import { openTerms, setUpRedis, sourceOf } from "./set-up.ts";
import type { RedisSetUp } from "./set-up.ts";

let setUp: RedisSetUp;
beforeAll(async () => void (setUp = await setUpRedis()));
afterAll(() => setUp.close());

describe("terms that change while a coupon is loaded", () => {
  const closed = { status: "FINISHED", closesAt: 1_700_000_000_000 } as const;

  it.each([
    { what: "ends it", from: {}, to: closed, outcome: "FINISHED" },
    { what: "pauses it", from: {}, to: { status: "PAUSED" }, outcome: "PAUSED" },
    { what: "resumes it", from: { status: "PAUSED" }, to: { status: "PUBLISHABLE" }, outcome: "ACCEPTED" },
    { what: "adds stock", from: { quantity: 0 }, to: { quantity: 9 }, outcome: "ACCEPTED" },
  ] as const)("are decided by from the first moment on, once the gate was told: $what", async (change) => {
    const { redis, keys, gate, state } = setUp;
    const terms = openTerms(change.from);
    const { couponId } = terms;
    const changed = { ...terms, ...change.to, version: 2 };
    const isTold = readThenChange(terms, async () => void (await state.sync(changed)));
    const decisions = new Set<string>();
    const ask = async (): Promise<void> => {
      if (isTold.changed()) decisions.add((await gate.issue(couponId, "kim")).outcome);
    };

    await new CouponState({ redis: beforeEachScript(redis, ask), keys }).load(couponId, isTold.source);
    await ask();

    expect(decisions).toEqual(new Set(["NOT_LOADED", change.outcome]));
    expect(await state.read(couponId)).toMatchObject({ terms: changed });
    expect(await state.sync(changed)).toBe("STALE");
  });

  it("hold also when the loader never hears that it has opened the gate", async () => {
    const { redis, keys, gate, state } = setUp;
    const terms = openTerms();
    const { couponId } = terms;
    const { source } = readThenChange(terms, async () => void (await state.sync({ ...terms, ...closed, version: 2 })));
    const deaf = afterEachScript(redis, async () => {
      if (await state.read(couponId)) throw new Error("the answer is lost");
    });

    await expect(new CouponState({ redis: deaf, keys }).load(couponId, source)).rejects.toThrow("the answer is lost");

    expect(await gate.issue(couponId, "kim")).toEqual({ outcome: "FINISHED" });
  });

  it("are told in any order, and again", async () => {
    const { state } = setUp;
    const terms = openTerms();
    const paused = { ...terms, status: "PAUSED" as const, version: 3 };
    const { source } = readThenChange(terms, async () => {
      for (const told of [{ ...terms, version: 2 }, paused, paused, { ...terms, ...closed, version: 2 }]) {
        expect(await state.sync(told)).toBe("NOT_LOADED");
      }
    });

    await state.load(terms.couponId, source);

    expect(await state.read(terms.couponId)).toMatchObject({ terms: paused });
  });

  it("give way to newer ones that the loader has read", async () => {
    const { redis, keys, state } = setUp;
    const terms = openTerms();
    const { couponId } = terms;
    const newest = { ...terms, quantity: 50, version: 3 };
    const { source } = readThenChange(newest, async () => {
      expect(await state.sync({ ...terms, ...closed, version: 2 })).toBe("NOT_LOADED");
    });

    await state.load(couponId, source);

    expect(await state.read(couponId)).toMatchObject({ terms: newest });
    expect(await redis.hexists(keys.coupon(couponId), "told")).toBe(0);
  });

  it("count no more for the load after one that was given up, since rows may be set back", async () => {
    const { state } = setUp;
    const terms = openTerms({ version: 5 });
    const { couponId } = terms;
    const dying: LoadSource = {
      ...sourceOf(terms),
      async *winners() {
        yield [];
        await state.sync({ ...terms, ...closed, version: 6 });
        throw new Error("the database went away");
      },
    };
    await expect(state.load(couponId, dying)).rejects.toThrow("the database went away");
    const restored = { ...terms, version: 4 };

    await state.load(couponId, sourceOf(restored));

    expect(await state.read(couponId)).toMatchObject({ terms: restored });
  });

  it("are not measured by those that the gate was open with before, since rows may be set back", async () => {
    const { state } = setUp;
    const terms = openTerms({ version: 9 });
    const { couponId } = terms;
    await state.load(couponId, sourceOf(terms));
    const restored = { ...terms, version: 3 };
    const paused = { ...restored, status: "PAUSED" as const, version: 4 };
    const { source } = readThenChange(restored, async () => void (await state.sync(paused)));

    await state.load(couponId, source, { rebuild: true });

    expect(await state.read(couponId)).toMatchObject({ terms: paused });
  });

  it("leave nothing behind where nobody loads", async () => {
    const { redis, keys, state } = setUp;
    const terms = openTerms();

    expect(await state.sync(terms)).toBe("NOT_LOADED");

    expect(await redis.exists(keys.coupon(terms.couponId))).toBe(0);
  });
});

describe("syncing terms", () => {
  it("applies a newer version and ignores an older one", async () => {
    const { state } = setUp;
    const terms = openTerms();
    expect(await state.sync(terms)).toBe("NOT_LOADED");
    await state.load(terms.couponId, sourceOf(terms));
    const paused = { ...terms, status: "PAUSED" as const, closesAt: terms.opensAt + 10, version: 3 };
    expect(await state.sync(paused)).toBe("APPLIED");
    expect(await state.sync({ ...terms, version: 2 })).toBe("STALE");
    expect(await state.sync(paused)).toBe("STALE");
    expect(await state.read(terms.couponId)).toMatchObject({ terms: paused });
  });
});

/** A database in which something happens after the terms were read for the last time, and before the load goes on with them. */
function readThenChange(
  terms: CouponTerms,
  change: () => Promise<void>,
): { source: LoadSource; changed: () => boolean } {
  let hasReadRows = false;
  let isChanged = false;
  const source: LoadSource = {
    async terms() {
      if (hasReadRows && !isChanged) {
        isChanged = true;
        await change();
      }
      return terms;
    },
    async *winners() {
      yield [];
      hasReadRows = true;
    },
  };
  return { source, changed: () => isChanged };
}
