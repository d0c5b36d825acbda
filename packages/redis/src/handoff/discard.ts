import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";

const script = loadScript(new URL("./discard.lua", import.meta.url));

/** Which numbers of which coupon. */
interface Numbers {
  readonly couponId: string;
  readonly issueNos: readonly number[];
}

/** Deletes a dead letter with these numbers for good. False: it is not there. */
export async function discard(
  redis: RedisClient,
  keys: Keys,
  partition: number,
  letterId: string,
  { couponId, issueNos }: Numbers,
): Promise<boolean> {
  const members = issueNos.map((no) => member(couponId, no));
  return (await script(redis, [keys.dead(partition), keys.discarded(partition)], [letterId, ...members])) === 1;
}

/** Those of a coupon's numbers that were discarded. */
export async function discardedAmong(
  redis: RedisClient,
  keys: Keys,
  { couponId, issueNos }: Numbers,
): Promise<Set<number>> {
  const name = keys.discarded(keys.partitionOf(couponId));
  const discarded = new Set<number>();
  for (let from = 0; from < issueNos.length; from += NUMBERS_AT_ONCE) {
    const some = issueNos.slice(from, from + NUMBERS_AT_ONCE);
    const known = await redis.smismember(name, ...some.map((no) => member(couponId, no)));
    for (const [i, no] of some.entries()) if (known[i] === 1) discarded.add(no);
  }
  return discarded;
}

const NUMBERS_AT_ONCE = 1_000;

function member(couponId: string, issueNo: number): string {
  return `${couponId}:${issueNo}`;
}
