import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";
import { userHash } from "../user-hash.ts";

/** A user who has won, and with what number. `acceptedAt` is epoch ms. */
export interface Winner {
  readonly userId: string;
  readonly issueNo: number;
  readonly acceptedAt: number;
}

const script = loadScript(new URL("./load-winners.lua", import.meta.url));

/** Adds winners to a coupon under load. False: the holder of `token` is not its loader any more, and nothing was written. */
export async function loadWinners(
  redis: RedisClient,
  keys: Keys,
  couponId: string,
  load: { token: string; silenceMs: number; buckets: number; base: number },
  winners: readonly Winner[],
): Promise<boolean> {
  const args: (string | number)[] = [load.token, load.silenceMs];
  for (const { userId, issueNo, acceptedAt } of winners) {
    args.push(userHash(userId) % load.buckets, userId, `${issueNo}:${acceptedAt - load.base}`);
  }
  return (await script(redis, [keys.coupon(couponId), keys.winners(couponId)], args)) === 1;
}
