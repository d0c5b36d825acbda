import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { abandonLoad } from "../src/coupon/abandon-load.ts";
import { beginLoad } from "../src/coupon/begin-load.ts";
import { commitLoad } from "../src/coupon/commit-load.ts";
import type { CouponTerms } from "../src/index.ts";
import { openTerms, setUpRedis } from "./set-up.ts";
import type { RedisSetUp } from "./set-up.ts";

let setUp: RedisSetUp;
beforeAll(async () => void (setUp = await setUpRedis()));
afterAll(() => setUp.close());

type Step =
  | { readonly do: "change" | "close" | "lose" }
  /** The gate is told of the terms so many changes ago: calls overtake each other, and are repeated. */
  | { readonly do: "tell"; readonly ago: number }
  | { readonly do: "begin"; readonly loader: number; readonly takeOver: boolean }
  | { readonly do: "read" | "commit" | "abandon"; readonly loader: number };

const LOADERS = 2;
const loader = fc.nat(LOADERS - 1);
const takeOver = fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true));
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("change" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("tell" as const),
      ago: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat(3)),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("begin" as const), loader, takeOver }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("read" as const), loader }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("commit" as const), loader }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("abandon" as const), loader }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("close" as const, "lose" as const) }) },
);

describe("the terms of an open gate", () => {
  it("are never older than what it was told of, whoever loads it meanwhile, and whole", async () => {
    // Long ones: it takes five steps in their order to go wrong at all.
    const steps = fc.array(step, { maxLength: 60, size: "max" });
    await fc.assert(fc.asyncProperty(steps, run), { numRuns: 300, endOnFailure: false });
  });
});

/** A loader as far as terms go: it reads them after it has begun, and may commit more than once, as after a lost answer. */
interface Loading {
  readonly token: string;
  read?: number;
}

async function run(steps: readonly Step[]): Promise<void> {
  const { redis, keys, state } = setUp;
  const { couponId, opensAt } = openTerms();
  const key = keys.coupon(couponId);
  const termsOf = (version: number): CouponTerms => ({
    couponId,
    status: version % 2 === 0 ? "PAUSED" : "PUBLISHABLE",
    quantity: 100 + version,
    opensAt,
    closesAt: version % 3 === 0 ? opensAt + version : undefined,
    version,
  });
  let committed = 1;
  let told = 0;
  let tokens = 0;
  const loaders: (Loading | undefined)[] = Array.from({ length: LOADERS });

  for (const now of steps) {
    const loading = "loader" in now ? loaders[now.loader] : undefined;
    if (now.do === "change") committed += 1;
    else if (now.do === "close") await state.close(couponId, 60_000);
    else if (now.do === "lose") await redis.del(key);
    else if (now.do === "tell") {
      const version = Math.max(committed - now.ago, 1);
      await state.sync(termsOf(version));
      told = Math.max(told, version);
    } else if (now.do === "begin") {
      // As if the time of whoever is at it had passed.
      if (now.takeOver && (await redis.hexists(key, "loader"))) await redis.hset(key, "loader_until", 1);
      const begin = { token: `loader-${++tokens}`, silenceMs: 60_000, rebuild: true, buckets: 1, base: opensAt };
      const { begun } = await beginLoad(redis, keys, couponId, begin);
      if (begun) loaders[now.loader] = { token: begin.token };
    } else if (now.do === "read" && loading) loading.read = committed;
    else if (now.do === "commit" && loading?.read !== undefined) {
      const { token, read } = loading;
      await commitLoad(redis, keys, { token, leastNextNo: 1, leastLastAt: 0 }, termsOf(read));
    } else if (now.do === "abandon" && loading) await abandonLoad(redis, keys, couponId, loading.token);

    const open = await state.read(couponId);
    if (!open) continue;
    expect(open.terms.version).toBeGreaterThanOrEqual(told);
    expect(open.terms).toEqual(termsOf(open.terms.version));
  }
}
