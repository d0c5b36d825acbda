import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";
import type { CouponTerms } from "./terms.ts";
import { termsArgs } from "./terms.ts";

const script = loadScript(new URL("./commit-load.lua", import.meta.url));

/**
 * Opens a loaded coupon's gate, with these terms or with newer ones that were told of since the load began. Returns the next
 * number, or undefined when the holder of `token` is not its loader any more.
 */
export async function commitLoad(
  redis: RedisClient,
  keys: Keys,
  load: { token: string; leastNextNo: number; leastLastAt: number },
  terms: CouponTerms,
): Promise<number | undefined> {
  const args = [load.token, ...termsArgs(terms), load.leastNextNo, load.leastLastAt];
  const nextNo = (await script(redis, [keys.coupon(terms.couponId)], args)) as number;
  return nextNo === 0 ? undefined : nextNo;
}
