import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CouponTerms, GateDecision } from "../src/index.ts";
import { GateModel } from "./gate-model.ts";
import type { ModelDecision, ModelTerms } from "./gate-model.ts";
import { handedOff, openTerms, setUpRedis, sourceOf } from "./set-up.ts";
import type { RedisSetUp } from "./set-up.ts";

let setUp: RedisSetUp;
beforeAll(async () => void (setUp = await setUpRedis()));
afterAll(() => setUp.close());

type Step =
  | {
      readonly do: "issue";
      readonly users: readonly number[];
      readonly mode: "race" | "grant";
      readonly retry: boolean;
    }
  | {
      readonly do: "sync";
      readonly status: ModelTerms["status"];
      readonly window: ModelTerms["window"];
      readonly add: number;
      readonly newer: boolean;
    }
  | { readonly do: "flushScripts" | "reload" | "lose" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("issue" as const),
      users: fc.array(fc.nat(30), { minLength: 1, maxLength: 12, size: "max" }),
      mode: fc.oneof({ weight: 5, arbitrary: fc.constant("race" as const) }, fc.constant("grant" as const)),
      retry: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("sync" as const),
      status: fc.oneof(
        { weight: 4, arbitrary: fc.constant("PUBLISHABLE" as const) },
        { weight: 2, arbitrary: fc.constant("PAUSED" as const) },
        fc.constant("FINISHED" as const),
      ),
      window: fc.oneof(
        { weight: 4, arbitrary: fc.constant("open" as const) },
        fc.constantFrom("before" as const, "over" as const),
      ),
      add: fc.nat(8),
      newer: fc.boolean(),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("flushScripts" as const, "reload" as const, "lose" as const) }),
  },
);

/** Few enough to run out, mostly; or so many that there are several buckets, of which there are more after a load with more stock. */
const pieces = fc.oneof(
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 20 }) },
  { weight: 1, arbitrary: fc.integer({ min: 40, max: 120 }) },
);

describe("the gate", () => {
  it("decides as its model does, whatever comes in whatever order", async () => {
    await fc.assert(fc.asyncProperty(pieces, fc.array(step, { maxLength: 25, size: "max" }), run), {
      numRuns: 150,
      endOnFailure: false,
    });
  });
});

async function run(quantity: number, steps: readonly Step[]): Promise<void> {
  const { redis, keys, gate, state } = setUp;
  const first = openTerms({ quantity });
  const { couponId } = first;
  const model = new GateModel({ status: "PUBLISHABLE", window: "open", quantity, version: 1 });
  const rows = (): { userId: string; issueNo: number; acceptedAt: number }[] =>
    [...model.winners].map(([userId, issueNo]) => ({ userId, issueNo, acceptedAt: first.opensAt + issueNo }));

  expect(outcomes(await gate.issueAll(couponId, ["early"]))).toEqual([{ outcome: "NOT_LOADED" }]);
  await state.load(couponId, sourceOf(first));

  for (const now of steps) {
    if (now.do === "issue") {
      const userIds = now.users.map((user) => `user-${user}`);
      for (let call = 0; call < (now.retry ? 2 : 1); call++) {
        const decided = outcomes(await gate.issueAll(couponId, userIds, { mode: now.mode }));
        expect(decided).toEqual(model.issue(userIds, now.mode));
      }
    } else if (now.do === "sync") {
      const { quantity: had, version } = model.terms;
      const next = { ...now, quantity: had + now.add, version: now.newer ? version + 1 : version };
      expect(await state.sync(termsOf(couponId, next))).toBe(model.sync(next));
    } else if (now.do === "flushScripts") {
      await redis.script("FLUSH");
    } else if (now.do === "reload") {
      await state.load(couponId, sourceOf(termsOf(couponId, model.terms), rows()), { rebuild: true });
    } else {
      // Redis forgets the coupon and its winners; what was handed off is still in the stream.
      const buckets = Number(await redis.hget(keys.coupon(couponId), "buckets"));
      await redis.del(keys.coupon(couponId), ...bucketNames(keys.winners(couponId), buckets));
      expect(outcomes(await gate.issueAll(couponId, ["early"]))).toEqual([{ outcome: "NOT_LOADED" }]);
      await state.load(couponId, sourceOf(termsOf(couponId, model.terms)));
    }
    expect(model.winners.size).toBeLessThanOrEqual(model.terms.quantity);
  }

  expect(await handedOff(setUp, couponId)).toEqual(model.handedOff);
  const loaded = await state.read(couponId);
  expect(loaded).toMatchObject({
    nextNo: model.nextNo,
    accepted: model.winners.size,
    terms: { quantity: model.terms.quantity },
  });
  for (const [userId, issueNo] of model.winners) {
    expect(await state.findWinner(couponId, userId)).toMatchObject({ issueNo });
    expect(await gate.find(couponId, userId)).toEqual(await state.findWinner(couponId, userId));
  }
  expect(await gate.find(couponId, "nobody")).toBe("NOT_WINNER");
}

function bucketNames(winners: string, buckets: number): string[] {
  return Array.from({ length: buckets }, (_, bucket) => `${winners}${bucket}`);
}

function termsOf(couponId: string, { status, window, quantity, version }: ModelTerms): CouponTerms {
  const hour = 3_600_000;
  const now = Date.now();
  const opensAt = window === "before" ? now + hour : now - 2 * hour;
  return { couponId, status, quantity, version, opensAt, closesAt: window === "over" ? now - hour : undefined };
}

function outcomes(
  decisions: readonly GateDecision[],
): (ModelDecision | { outcome: "NOT_LOADED" } | { outcome: "BEHIND" })[] {
  return decisions.map((decision) =>
    decision.outcome === "ACCEPTED" || decision.outcome === "ALREADY_ISSUED"
      ? { outcome: decision.outcome, issueNo: decision.issueNo }
      : { outcome: decision.outcome },
  );
}
