import {
  connectRedis,
  CouponState,
  type CouponTerms,
  createKeys,
  Gate,
  GateReader,
  type Keys,
  type LoadSource,
  type RedisClient,
} from "@firstcome/redis";
import { silentLogger } from "@firstcome/runtime";
import { cleanUpAfterFile, FakeClock, testRedis } from "@firstcome/testkit";
import { randomUUID } from "node:crypto";
import { ClosedMemory, type ClosedMemoryOptions } from "../../src/closed/closed-memory.ts";
import type { Decision } from "../../src/domain/issue-coupon.ts";

export interface GateSetUp {
  readonly redis: RedisClient;
  readonly keys: Keys;
  readonly gate: Gate;
  readonly state: CouponState;
  readonly reader: GateReader;
}

/** The gate itself, with keys of the test file's own. */
export async function setUpGate(): Promise<GateSetUp> {
  const { url, keyPrefix } = testRedis();
  const redis = await connectRedis({ url, name: "test" });
  cleanUpAfterFile(async () => redis.disconnect());
  const keys = createKeys({ prefix: keyPrefix });
  const parts = { redis, keys };
  return { ...parts, gate: new Gate(parts), state: new CouponState(parts), reader: new GateReader(parts) };
}

/** A coupon that is open, with an id that no other test has. */
export function openTerms(values: Partial<CouponTerms> = {}): CouponTerms {
  return {
    couponId: String(BigInt(`0x${randomUUID().slice(0, 8)}`) + 1n),
    status: "PUBLISHABLE",
    quantity: 10,
    opensAt: Date.now() - 60_000,
    closesAt: undefined,
    version: 1,
    ...values,
  };
}

/** Loads a coupon of which nobody has a row. */
export async function load({ state }: GateSetUp, terms: CouponTerms, rebuild = false): Promise<void> {
  const source: LoadSource = {
    terms: () => Promise.resolve(terms),
    winners: async function* () {},
  };
  await state.load(terms.couponId, source, { rebuild });
}

/** A coupon with so many pieces, all of them won, by `users`. */
export async function soldOut(setUp: GateSetUp, pieces: number): Promise<CouponTerms> {
  const terms = openTerms({ quantity: pieces });
  await load(setUp, terms);
  await setUp.gate.issueAll(terms.couponId, users(pieces));
  return terms;
}

/** What everybody else is told of it. */
export const SOLD_OUT = { outcome: "SOLD_OUT" } as const;

/** "user-1", "user-2", … */
export function users(count: number, prefix = "user"): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}-${i + 1}`);
}

export interface Remembering {
  readonly memory: ClosedMemory;
  readonly clock: FakeClock;
  /** How each reading of winners ended. */
  readonly reads: string[];
  /** What was held after the last look. */
  readonly held: () => { coupons: number; winners: number; bytes: number };
  /** One look, a moment after whatever was before. */
  readonly look: () => Promise<void>;
  readonly read: () => Promise<void>;
  /** Brings about that a coupon is remembered, if it can be. */
  readonly learn: (couponId: string) => Promise<void>;
  readonly ask: (couponId: string, userId: string) => Decision | undefined;
}

/** A memory on a clock of its own. */
export function remembering({ reader }: GateSetUp, options: Partial<ClosedMemoryOptions> = {}): Remembering {
  const clock = new FakeClock(0);
  const reads: string[] = [];
  let held = { coupons: 0, winners: 0, bytes: 0 };
  const memory = new ClosedMemory({
    source: reader,
    maxBytes: 1_048_576,
    tellsWinners: true,
    now: () => clock.now(),
    log: silentLogger,
    onAnswer: () => undefined,
    onRemembered: (now) => void (held = now),
    onRead: (result) => void reads.push(result),
    ...options,
  });
  const look = async (): Promise<void> => {
    clock.advance(1);
    await memory.refreshOnce();
  };
  const read = async (): Promise<void> => {
    clock.advance(1);
    await memory.readWinnersOnce(new AbortController().signal);
  };
  return {
    memory,
    clock,
    reads,
    held: () => held,
    look,
    read,
    async learn(couponId) {
      memory.noted(couponId, "SOLD_OUT", 1_000_000);
      await look();
      await look();
      await read();
    },
    ask: (couponId, userId) => memory.of(couponId)?.answer(userId),
  };
}
