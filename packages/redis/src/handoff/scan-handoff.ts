import type { RedisClient } from "../connect.ts";
import type { Winner } from "../coupon/load-winners.ts";
import type { Keys } from "../keys.ts";
import { parseEntry } from "./entry.ts";

/** Yields the winners of one coupon that are in the hand-off stream or among the dead letters, entry by entry. */
export async function* scanHandoff(redis: RedisClient, keys: Keys, couponId: string): AsyncGenerator<Winner[]> {
  const partition = keys.partitionOf(couponId);
  // An item moves from the hand-off to the dead letters, never unseen when they are read in this order; a redrive moves it
  // back, so the hand-off is read once more.
  for (const stream of [keys.handoff(partition), keys.dead(partition), keys.handoff(partition)]) {
    for (let from = "-"; ;) {
      const page = await redis.xrange(stream, from, "+", "COUNT", PAGE);
      for (const raw of page) {
        const entry = parseEntry(partition, raw, 0);
        if (entry?.couponId !== couponId) continue;
        const { userIds, issueNos, acceptedAt } = entry;
        yield userIds.map((userId, i) => ({ userId, issueNo: issueNos[i] as number, acceptedAt }));
      }
      const last = page.at(-1);
      if (!last || page.length < PAGE) break;
      from = `(${last[0]}`;
    }
  }
}

const PAGE = 500;
