import type { RedisClient } from "../connect.ts";
import type { Winner } from "../coupon/load-winners.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";
import { userHash } from "../user-hash.ts";

const script = loadScript(new URL("./hand-off-again.lua", import.meta.url));

/** Redis looks each of them up again, and answers nobody else meanwhile: for some ms on a busy machine. */
const WINNERS_AT_ONCE = 200;

/**
 * Appends winners of a coupon to its hand-off as the gate did: those that were accepted together, and whose numbers follow one
 * another, as one entry. What is on its way already, or a row, is written no second time, since each number is a row once.
 *
 * @param winners each user and each number once
 * @returns how many were handed off; the gate does not hold the others (any more) with that number
 */
export async function handOffAgain(
  redis: RedisClient,
  keys: Keys,
  couponId: string,
  winners: readonly Winner[],
): Promise<number> {
  const names = [keys.coupon(couponId), keys.winners(couponId), keys.handoff(keys.partitionOf(couponId))];
  let handedOff = 0;
  for (const run of runsOf(winners)) {
    const [{ acceptedAt, issueNo }] = run;
    const args: (string | number)[] = [couponId, acceptedAt, issueNo];
    for (const { userId } of run) args.push(userId, userHash(userId));
    if ((await script(redis, names, args)) === 1) handedOff += run.length;
  }
  return handedOff;
}

type Run = [Winner, ...Winner[]];

function runsOf(winners: readonly Winner[]): Run[] {
  const runs: Run[] = [];
  let run: Run | undefined;
  for (const winner of winners.toSorted((a, b) => a.issueNo - b.issueNo)) {
    const last = run?.at(-1);
    const follows = last?.issueNo === winner.issueNo - 1 && last.acceptedAt === winner.acceptedAt;
    if (run && follows && run.length < WINNERS_AT_ONCE) run.push(winner);
    else runs.push((run = [winner]));
  }
  return runs;
}
