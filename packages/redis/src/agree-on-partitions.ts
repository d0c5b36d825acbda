import type { RedisClient } from "./connect.ts";
import type { Keys } from "./keys.ts";

/**
 * Notes how many partitions the data has, where nobody has before, and makes sure that it is as many as these keys assume.
 * With another number a coupon would be looked for, and loaded, in another place: its numbers would be given twice, and
 * some hand-offs never be read.
 *
 * @throws when the data has another number of partitions, and whatever Redis or the connection says
 */
export async function agreeOnPartitions(redis: RedisClient, keys: Keys): Promise<void> {
  await redis.set(keys.partitionCount(), keys.partitions, "NX");
  const noted = await redis.get(keys.partitionCount());
  if (noted === String(keys.partitions)) return;
  throw new Error(`the data in Redis has ${noted} partitions, not ${keys.partitions}: see GATE_PARTITIONS`);
}
