import type { RedisClient } from "../connect.ts";
import type { Winner } from "../coupon/load-winners.ts";
import type { Keys } from "../keys.ts";
import { parseEntry } from "./entry.ts";
import type { RawEntry } from "./entry.ts";

/**
 * Yields the winners of one coupon that are in the hand-off stream or among the dead letters, entry by entry; an empty
 * chunk for each page, so that whoever reads a long backlog of other coupons is seen to be alive.
 *
 * An item may move from one stream to the other and back at any time, each time to the end. So both are read in one step,
 * from where each was left: when that finds the end of both, whatever was there at that instant has been met.
 */
export async function* scanHandoff(redis: RedisClient, keys: Keys, couponId: string): AsyncGenerator<Winner[]> {
  const partition = keys.partitionOf(couponId);
  const places = [keys.handoff(partition), keys.dead(partition)].map((stream) => ({ stream, from: "-" }));
  for (let atEnd = false; !atEnd;) {
    const pages = await readTogether(redis, places);
    for (const raw of pages.flat()) {
      const entry = parseEntry(partition, raw, 0);
      if (entry?.couponId !== couponId) continue;
      const { userIds, issueNos, acceptedAt } = entry;
      yield userIds.map((userId, i) => ({ userId, issueNo: issueNos[i] as number, acceptedAt }));
    }
    yield [];
    for (const [i, place] of places.entries()) {
      const last = pages[i]?.at(-1);
      if (last) place.from = `(${last[0]}`;
    }
    atEnd = pages.every((page) => page.length < PAGE);
  }
}

/** Entries. With a thousand users in each, which is the most, Redis is busy with a page for some 2 ms. */
const PAGE = 100;

/** The next page of each stream, all as of one instant. */
async function readTogether(
  redis: RedisClient,
  places: readonly { readonly stream: string; readonly from: string }[],
): Promise<RawEntry[][]> {
  const multi = redis.multi();
  for (const { stream, from } of places) multi.xrange(stream, from, "+", "COUNT", PAGE);
  const answers = (await multi.exec()) ?? [];
  return places.map((_, i) => {
    const [error, page] = answers[i] ?? [new Error("the transaction was discarded")];
    if (error) throw error;
    return page as RawEntry[];
  });
}
