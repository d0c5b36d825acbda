import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";
import { parseCouponId } from "./entry.ts";

const script = loadScript(new URL("./discard.lua", import.meta.url));

/** Whose numbers, of which coupon. */
interface Items {
  readonly couponId: string;
  readonly userIds: readonly string[];
  readonly issueNos: readonly number[];
}

/**
 * Deletes a dead letter with these items for good. Their users' claims are given up, not the numbers: one that two users were
 * told, in a conflict, may well be the row of the other. False: the letter is not there.
 */
export async function discard(
  redis: RedisClient,
  keys: Keys,
  partition: number,
  letterId: string,
  { couponId, userIds, issueNos }: Items,
): Promise<boolean> {
  // What the gate did not write, of no coupon or in a partition where the coupon is not, was nobody's number.
  const claims = parseCouponId(couponId) && keys.partitionOf(couponId) === partition ? issueNos : [];
  const args = claims.flatMap((no, i) => [no, userIds[i] as string]);
  const names = [keys.dead(partition), ...(claims.length > 0 ? [keys.givenUp(couponId)] : [])];
  return (await script(redis, names, [letterId, ...args])) === 1;
}
