import type { Witnesses } from "../../src/check/witnesses.ts";
import { COUPON } from "./sound-run.ts";

/** Gives up one item of a batch that is on its way, as a dispatcher does. */
export async function settleDeadLetter({ handoff, redis, keys }: Witnesses): Promise<void> {
  const partition = keys.partitionOf(COUPON);
  const [entry] = await redis.xrange(keys.handoff(partition), "-", "+", "COUNT", 1);
  const dead = { userIds: ["ann"], issueNos: [1], reason: "GIVEN_UP", attempts: 10 };
  await handoff.settle(partition, [{ entryId: entry?.[0] ?? "", dead: [dead] }]);
}
