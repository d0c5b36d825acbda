import { randomUUID } from "node:crypto";
import type { RedisClient } from "../connect.ts";
import { scanHandoff } from "../handoff/scan-handoff.ts";
import type { Keys } from "../keys.ts";
import { bucketsFor } from "../user-hash.ts";
import { abandonLoad } from "./abandon-load.ts";
import { beginLoad } from "./begin-load.ts";
import type { CouponPast } from "./begin-load.ts";
import { commitLoad } from "./commit-load.ts";
import { loadWinners } from "./load-winners.ts";
import type { Winner } from "./load-winners.ts";
import { markFirstLoad } from "./mark-first-load.ts";
import type { CouponTerms } from "./terms.ts";

/** Where a coupon is loaded from: the database. */
export interface LoadSource {
  /**
   * Notes that the coupon comes into a gate, once that is closed and before it opens. FIRST: it was never in one, so nobody has a
   * number of it. AGAIN: it was. COMPLETE: it was, and whatever it had given is settled. Absent: nobody has lost anything.
   */
  enter?(couponId: string): Promise<"FIRST" | "AGAIN" | "COMPLETE">;
  /**
   * Asked for when Redis has lost the coupon, or may have lost something of it, as a rebuild assumes. Runs until whatever was on
   * its way, unknown to this Redis, is written; yields only to show that the loader lives.
   */
  settled?(couponId: string): AsyncIterable<readonly never[]>;
  /** Asked for before winners are read, when there may be any. Runs until this load may go on; yields only to show that it lives. */
  turn?(couponId: string): AsyncIterable<readonly never[]>;
  /** As committed now. Undefined: there is no such coupon. */
  terms(couponId: string): Promise<CouponTerms | undefined>;
  /** All rows of the coupon, in chunks of about a thousand. */
  winners(couponId: string): AsyncIterable<readonly Winner[]>;
}

export type LoadResult =
  | { readonly loaded: true; readonly winners: number; readonly nextNo: number }
  | { readonly loaded: false; readonly why: "UNKNOWN_COUPON" | "LOADING_ELSEWHERE" | "ALREADY_LOADED" };

/** A loader that is silent for so long has died; the next one takes its place. */
const SILENCE_MS = 10_000;

/**
 * Loads a coupon into the gate from the rows in the database and from what is on its way there.
 *
 * The order makes it complete: the gate is closed first; then the hand-off stream is read, then the rows. An entry leaves
 * the stream only after its rows are committed, so each winner is met in one of the two; unless Redis has lost the stream
 * while workers had entries of it, which is what the source waits for. The gate opens in one step at the end. Of terms that
 * change meanwhile, their own sync leaves word for that step. So the terms are read once the gate is closed: what was changed
 * before that, and found no loader to leave word for, is read.
 *
 * A load that fails is given up, and may be tried again at once.
 *
 * @param rebuild also when it is loaded: reads all winners again and adds those that are missing; never takes one away
 */
export async function loadCoupon(
  redis: RedisClient,
  keys: Keys,
  couponId: string,
  source: LoadSource,
  rebuild: boolean,
): Promise<LoadResult> {
  const known = await source.terms(couponId);
  if (!known) return { loaded: false, why: "UNKNOWN_COUPON" };
  const token = randomUUID();
  const start = { buckets: bucketsFor(known.quantity), base: known.opensAt };
  const begun = await beginLoad(redis, keys, couponId, { token, silenceMs: SILENCE_MS, rebuild, ...start });
  if (!begun.begun) return { loaded: false, why: begun.why };
  try {
    return await fill(redis, keys, known, source, { token, rebuild, ...begun });
  } catch (error) {
    // With Redis away the next loader has to wait for this one's silence.
    await abandonLoad(redis, keys, couponId, token).catch(() => undefined);
    throw error;
  }
}

/** Adds all winners and opens the gate. */
async function fill(
  redis: RedisClient,
  keys: Keys,
  known: CouponTerms,
  source: LoadSource,
  { token, rebuild, buckets, base, past }: LoadBegun,
): Promise<LoadResult> {
  const { couponId } = known;
  const load = { token, silenceMs: SILENCE_MS, buckets, base };
  const seen = { numbers: new Set<number>(), lastNo: 0, lastAt: 0 };
  const entry = await source.enter?.(couponId);
  if (entry === "FIRST" && !(await markFirstLoad(redis, keys, couponId, token))) {
    return { loaded: false, why: "LOADING_ELSEWHERE" };
  }
  const mayLack = (rebuild || past === "NONE") && entry === "AGAIN";
  const settled = (mayLack && source.settled?.(couponId)) || [];
  const turn = (entry !== "FIRST" && source.turn?.(couponId)) || [];
  for (const chunks of [settled, turn, scanHandoff(redis, keys, couponId), source.winners(couponId)]) {
    for await (const winners of chunks) {
      if (!(await loadWinners(redis, keys, couponId, load, winners)))
        return { loaded: false, why: "LOADING_ELSEWHERE" };
      for (const { issueNo, acceptedAt } of winners) {
        seen.numbers.add(issueNo);
        seen.lastNo = Math.max(seen.lastNo, issueNo);
        seen.lastAt = Math.max(seen.lastAt, acceptedAt);
      }
    }
  }

  const terms = (await source.terms(couponId)) ?? known;
  const nextNo = await commitLoad(
    redis,
    keys,
    { token, leastNextNo: seen.lastNo + 1, leastLastAt: seen.lastAt },
    terms,
  );
  if (nextNo === undefined) return { loaded: false, why: "LOADING_ELSEWHERE" };
  return { loaded: true, winners: seen.numbers.size, nextNo };
}

interface LoadBegun {
  readonly token: string;
  readonly rebuild: boolean;
  readonly buckets: number;
  readonly base: number;
  readonly past: CouponPast;
}
