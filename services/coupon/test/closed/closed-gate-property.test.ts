import type { CouponTerms } from "@firstcome/redis";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { load, openTerms, remembering, setUpGate, users } from "./remembering.ts";

const setUp = await setUpGate();
const { gate, state, redis, keys } = setUp;

type Step =
  | { readonly do: "issue"; readonly users: readonly number[]; readonly mode: "race" | "grant" }
  | { readonly do: "sync"; readonly status: CouponTerms["status"]; readonly window: Window; readonly add: number }
  | { readonly do: "rebuild" | "lose" | "look" | "read" | "learn" }
  | { readonly do: "wait"; readonly ms: number };
type Window = "before" | "open" | "over";

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("issue" as const),
      users: fc.array(fc.nat(15), { minLength: 1, maxLength: 6 }),
      mode: fc.oneof({ weight: 4, arbitrary: fc.constant("race" as const) }, fc.constant("grant" as const)),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("sync" as const),
      status: fc.oneof(
        { weight: 3, arbitrary: fc.constant("PUBLISHABLE" as const) },
        fc.constantFrom("PAUSED" as const, "FINISHED" as const),
      ),
      window: fc.oneof(
        { weight: 3, arbitrary: fc.constant("open" as const) },
        fc.constantFrom("before" as const, "over" as const),
      ),
      add: fc.nat(3),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("look", "look", "learn", "learn", "read", "rebuild", "lose" as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(40_000) }) },
);

describe("after a look, the memory", () => {
  it("says what the gate says or leaves it to the gate, whatever has happened; and learns it when the gate stays closed", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 8 }),
        fc.array(step, { minLength: 5, maxLength: 25, size: "max" }),
        run,
      ),
      {
        numRuns: 100,
      },
    );
  });
});

async function run(quantity: number, steps: readonly Step[]): Promise<void> {
  let terms = openTerms({ quantity });
  const { couponId } = terms;
  const { memory, clock, look, read, learn, ask } = remembering(setUp);
  await load(setUp, terms);

  for (const now of steps) {
    if (now.do === "issue") {
      // By another instance: this memory hears of losers only.
      const decisions = await gate.issueAll(couponId, nameAll(now.users), { mode: now.mode });
      for (const { outcome } of decisions) {
        if (outcome === "ACCEPTED" || outcome === "NOT_LOADED" || outcome === "BEHIND") continue;
        memory.noted(couponId, outcome, 1);
      }
    } else if (now.do === "sync") {
      terms = { ...termsOf(terms, now), quantity: terms.quantity + now.add, version: terms.version + 1 };
      await state.sync(terms);
    } else if (now.do === "rebuild") {
      await load(setUp, terms, true);
    } else if (now.do === "lose") {
      // What was handed off is still in the stream, and comes back with the next load.
      await redis.del(keys.coupon(couponId), `${keys.winners(couponId)}0`);
      if (terms.quantity % 2 === 0) await load(setUp, terms);
    } else if (now.do === "wait") {
      clock.advance(now.ms);
    } else if (now.do === "read") {
      await read();
    } else {
      await { look, learn }[now.do](couponId);
      await expectAgreement();
    }
  }

  await load(setUp, terms);
  const [stranger] = await gate.issueAll(couponId, ["stranger"]);
  if (!stranger || stranger.outcome === "ACCEPTED") return;
  for (let i = 0; i < 3; i++) {
    clock.advance(60_000);
    memory.noted(couponId, "SOLD_OUT", 100);
    await look();
    await read();
  }
  expect(ask(couponId, "stranger")).toEqual(stranger);
  await expectAgreement();

  async function expectAgreement(): Promise<void> {
    const everybody = [...users(16, "known"), "stranger"];
    const remembered = everybody.map((userId) => ask(couponId, userId));
    if (remembered.every((answer) => answer === undefined)) return;
    expect(remembered).toEqual(await gate.issueAll(couponId, everybody));
  }
}

function nameAll(numbers: readonly number[]): string[] {
  return numbers.map((n) => `known-${n + 1}`);
}

function termsOf(
  terms: CouponTerms,
  { status, window }: { status: CouponTerms["status"]; window: Window },
): CouponTerms {
  const hour = 3_600_000;
  const now = Date.now();
  const opensAt = window === "before" ? now + hour : now - 2 * hour;
  return { ...terms, status, opensAt, closesAt: window === "over" ? now - hour : undefined };
}
