import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CouponState } from "../src/index.ts";
import { userHash } from "../src/user-hash.ts";
import { beforeEachScript } from "./between-commands.ts";
import { openTerms, OTHER_REIGN, setUpRedis, sourceOf } from "./set-up.ts";
import type { RedisSetUp } from "./set-up.ts";

let setUp: RedisSetUp;
beforeAll(async () => void (setUp = await setUpRedis()));
afterAll(() => setUp.close());

describe("closing a gate", () => {
  it("keeps everybody out, loaders too, for its time; then the coupon is loaded with what it knew", async () => {
    const { redis, keys, gate, state } = setUp;
    const terms = openTerms({ quantity: 50 });
    const { couponId } = terms;
    expect(await state.close(couponId, 60_000)).toBe(false);
    expect(await redis.exists(keys.coupon(couponId))).toBe(0);
    await state.load(couponId, sourceOf(terms));
    await gate.issueAll(couponId, ["a", "b"]);

    expect(await state.close(couponId, 60_000)).toBe(true);

    expect(await state.close(couponId, 60_000)).toBe(false);
    expect(await gate.issue(couponId, "c")).toEqual({ outcome: "NOT_LOADED" });
    expect(await state.load(couponId, sourceOf(terms))).toEqual({ loaded: false, why: "LOADING_ELSEWHERE" });
    await redis.hset(keys.coupon(couponId), "loader_until", 1); // as if its time had passed
    expect(await state.load(couponId, sourceOf(terms))).toMatchObject({ loaded: true });
    expect(await gate.issue(couponId, "b")).toMatchObject({ outcome: "ALREADY_ISSUED", issueNo: 2 });
    expect(await gate.issue(couponId, "c")).toMatchObject({ outcome: "ACCEPTED", issueNo: 3 });
  });
});

describe("retiring a coupon", () => {
  it("writes nothing where there is none, or it would be taken for one that was loaded", async () => {
    const { redis, keys, state } = setUp;
    const { couponId } = openTerms();

    expect(await state.retire(couponId)).toBe(false);

    expect(await redis.exists(keys.coupon(couponId))).toBe(0);
  });

  it.each([0, 1, 2])(
    "stops in another reign of the server, which may have winners again that it had deleted (after %i steps)",
    async (after) => {
      const { redis, keys, state } = setUp;
      // Two steps for its winners, one for the rest.
      const terms = openTerms({ quantity: 24_000 });
      const { couponId } = terms;
      const user = { userId: "user-1", issueNo: 1, acceptedAt: Date.now() };
      await state.load(couponId, sourceOf(terms, [user]));
      const buckets = Number(await redis.hget(keys.coupon(couponId), "buckets"));
      expect(buckets).toBe(1_000);
      const winners = `${keys.winners(couponId)}${userHash(user.userId) % buckets}`;
      let steps = -1;
      // As a replica holds it that was behind when it took over: it has the token, and not what was deleted.
      const replaced = beforeEachScript(redis, async () => {
        if (steps++ !== after) return;
        await redis.hset(winners, "user-1", "1:0");
        await redis.hset(keys.coupon(couponId), "loader_reign", OTHER_REIGN);
      });

      expect(await new CouponState({ redis: replaced, keys }).retire(couponId)).toBe(false);

      expect(await redis.exists(keys.coupon(couponId), winners)).toBe(2);
      await redis.hset(keys.coupon(couponId), "loader_until", 1); // as if its time had passed
      expect(await state.retire(couponId)).toBe(true);
      expect(await redis.exists(keys.coupon(couponId), winners)).toBe(0);
    },
  );
});
