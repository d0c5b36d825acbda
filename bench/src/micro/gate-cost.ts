import { Gate } from "@firstcome/redis";
import { userIdOf } from "../load/user-ids.ts";
import { type MicroRedis, openMicroRedis } from "./micro-redis.ts";
import type { GateCost } from "./micro-results.ts";
import { ownCpuUs } from "./own-cpu.ts";

export interface GatePlan {
  /** Users a script call. */
  readonly batches: readonly number[];
  /** How long each of them is measured. */
  readonly windowMs: number;
}

/** So many partitions are asked at once: enough to keep Redis busy while answers travel, and they share its fsync. */
const PARTITIONS = 4;
/** Users of each partition, made beforehand; a measurement ends early when they have all won. */
const MOST_USERS = 250_000;

/**
 * What a decision costs by the size of the batch: the real gate, asked for so many users at a time by callers that ask again as
 * soon as they are answered. Everybody wins, which is the dearest answer.
 */
export async function measureGate(redisUrl: string, plan: GatePlan): Promise<GateCost[]> {
  await using server = await openMicroRedis(redisUrl);
  const userIds = Array.from({ length: MOST_USERS }, (_, n) => userIdOf(n));
  await measureBatch(server, userIds, 64, plan.windowMs / 2);
  const costs: GateCost[] = [];
  for (const batch of plan.batches) costs.push(await measureBatch(server, userIds, batch, plan.windowMs));
  return costs;
}

async function measureBatch(
  server: MicroRedis,
  userIds: readonly string[],
  batch: number,
  windowMs: number,
): Promise<GateCost> {
  const { redis, keys } = server;
  const couponIds = await server.openCoupons(PARTITIONS, userIds.length);
  const gate = new Gate({ redis, keys, maxBatch: batch });

  const redisBefore = await server.cpuUs();
  const nodeBefore = ownCpuUs();
  const startedAt = performance.now();
  const asked = await Promise.all(
    couponIds.map((couponId) => askUntil(gate, { couponId, userIds, batch, endsAt: startedAt + windowMs })),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  const nodeUs = ownCpuUs() - nodeBefore;
  const redisUs = (await server.cpuUs()) - redisBefore;

  const items = asked.reduce((sum, users) => sum + users, 0);
  const accepted = await server.accepted(couponIds);
  if (accepted !== items)
    throw new Error(`${items} users asked, and ${accepted} won: these are not the costs of winning`);
  return { batch, itemsPerSecond: items / seconds, redisUsPerItem: redisUs / items, nodeUsPerItem: nodeUs / items };
}

interface Asking {
  readonly couponId: string;
  readonly userIds: readonly string[];
  readonly batch: number;
  /** By `performance.now()`. */
  readonly endsAt: number;
}

/** Returns how many users asked. */
async function askUntil(gate: Gate, { couponId, userIds, batch, endsAt }: Asking): Promise<number> {
  let asked = 0;
  while (asked + batch <= userIds.length && performance.now() < endsAt) {
    await gate.issueAll(couponId, userIds.slice(asked, asked + batch));
    asked += batch;
  }
  return asked;
}
