import type { RedisClient } from "../connect.ts";
import { parseWinner } from "../gate/decide.ts";
import type { Keys } from "../keys.ts";
import { userHash } from "../user-hash.ts";
import type { Winner } from "../coupon/load-winners.ts";
import type { GateView } from "./read-gates.ts";

/** Redis is busy for some 0.2 ms with so many, and the reader for less than 1 ms. */
const WINNERS_AT_ONCE = 1_000;
const MOST_BUCKETS_AT_ONCE = 100;

/**
 * All winners of a coupon as the gate would find them, in no order, page by page; one may come twice. They are those of one
 * instant only if a view taken after the last page has the same `winnersAre`.
 *
 * @throws whatever Redis or the connection says
 */
export async function* readWinners(
  redis: RedisClient,
  keys: Keys,
  couponId: string,
  { nextNo, buckets, base }: Pick<GateView, "nextNo" | "buckets" | "base">,
): AsyncGenerator<Winner[]> {
  if (nextNo === 1) return;
  const name = keys.winners(couponId);
  const inEach = Math.max((nextNo - 1) / buckets, 1);
  const atOnce = Math.min(Math.max(Math.floor(WINNERS_AT_ONCE / inEach), 1), MOST_BUCKETS_AT_ONCE);
  for (let first = 0; first < buckets; first += atOnce) {
    let unread: Scan[] = Array.from({ length: Math.min(atOnce, buckets - first) }, (_, i) => [first + i, "0"]);
    while (unread.length > 0) {
      const scans = await scan(redis, name, unread);
      yield scans.flatMap(([, flat], i) => winnersIn(flat, (unread[i] as Scan)[0], buckets, base));
      unread = unread.map(([bucket], i): Scan => [bucket, scans[i]?.[0] ?? "0"]).filter(([, cursor]) => cursor !== "0");
    }
  }
}

/** A small bucket comes whole; one that has outgrown the compact form, after much stock was added, in parts. */
async function scan(
  redis: RedisClient,
  name: string,
  scans: readonly Scan[],
): Promise<[cursor: string, flat: string[]][]> {
  const pipeline = redis.pipeline();
  for (const [bucket, cursor] of scans) pipeline.hscan(`${name}${bucket}`, cursor, "COUNT", WINNERS_AT_ONCE);
  const replies = (await pipeline.exec()) ?? [];
  return replies.map(([error, reply]) => {
    if (error) throw error;
    return reply as [string, string[]];
  });
}

type Scan = [bucket: number, cursor: string];

/** Without those whom the gate would not look for here: left by an earlier life of the coupon with other buckets. */
function winnersIn(flat: readonly string[], bucket: number, buckets: number, base: number): Winner[] {
  const winners: Winner[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const userId = flat[i] as string;
    if (userHash(userId) % buckets !== bucket) continue;
    const { issueNo, acceptedAt } = parseWinner(flat[i + 1] as string, base);
    winners.push({ userId, issueNo, acceptedAt });
  }
  return winners;
}
