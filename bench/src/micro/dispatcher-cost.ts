import { setTimeout as sleep } from "node:timers/promises";
import { Gate } from "@firstcome/redis";
import { startService } from "@firstcome/stack";
import { userIdOf } from "../load/user-ids.ts";
import { cpuBetween, type MeasuredProcess, readCpu } from "../measure/cpu-clock.ts";
import { AcknowledgingWorker } from "./acknowledging-worker.ts";
import { type MicroRedis, openMicroRedis } from "./micro-redis.ts";
import type { DispatcherCost } from "./micro-results.ts";

export interface DispatcherPlan {
  /** Users an entry of the hand-off. */
  readonly batches: readonly number[];
  /** Entries of each size at most, and users in them at most. */
  readonly entries: number;
  readonly users: number;
}

/** Coupons that are handed off at once, each in a partition of its own. */
const PARTITIONS = 4;
const DEADLINE_MS = 60_000;
/** How long the dispatcher's read waits for entries: one begun before the worker closed is over soon. */
const READ_BLOCK_MS = 20;
const POLL_MS = 5;

/**
 * What an item costs the dispatcher by the size of the hand-off's entries. The gate writes a backlog while the one worker is
 * closed; then the worker opens, and the clock runs until the stream is empty: every batch was read, delivered, acknowledged
 * and taken off.
 */
export async function measureDispatcher(redisUrl: string, plan: DispatcherPlan): Promise<DispatcherCost[]> {
  await using server = await openMicroRedis(redisUrl);
  await using dispatcher = await startService({
    name: "dispatcher",
    env: {
      REDIS_URL: redisUrl,
      REDIS_KEY_PREFIX: server.keyPrefix,
      PORT: "0",
      DISPATCH_READ_BLOCK_MS: String(READ_BLOCK_MS),
    },
  });
  await using worker = await AcknowledgingWorker.start(dispatcher.address);
  const processes = [
    { name: "dispatcher", pid: dispatcher.pid },
    { name: "worker", pid: worker.pid },
  ];
  const measure = async (batch: number, most = plan.users): Promise<DispatcherCost> => {
    const users = Math.min(plan.entries * batch, most);
    await fill(server, users, batch);
    return await empty(server, worker, processes, { users, batch });
  };
  // Unmeasured: a cold process costs several times as much.
  await measure(16, plan.users / 4);
  const costs: DispatcherCost[] = [];
  for (const batch of plan.batches) costs.push(await measure(batch));
  return costs;
}

/** Hands off `users` users, in entries of `batch` or at the end of a coupon fewer. */
async function fill(server: MicroRedis, users: number, batch: number): Promise<void> {
  const { redis, keys } = server;
  const gate = new Gate({ redis, keys, maxBatch: batch });
  const each = Math.ceil(users / PARTITIONS);
  const couponIds = await server.openCoupons(PARTITIONS, each);
  await Promise.all(
    couponIds.map(async (couponId, c) => {
      const last = Math.min(each * (c + 1), users);
      for (let n = each * c; n < last; n += batch) {
        const userIds = Array.from({ length: Math.min(batch, last - n) }, (_, i) => userIdOf(n + i));
        await gate.issueAll(couponId, userIds);
      }
    }),
  );
  const accepted = await server.accepted(couponIds);
  if (accepted !== users) throw new Error(`${accepted} users were handed off instead of ${users}`);
}

async function empty(
  server: MicroRedis,
  worker: AcknowledgingWorker,
  processes: readonly MeasuredProcess[],
  { users, batch }: { users: number; batch: number },
): Promise<DispatcherCost> {
  const redisBefore = await server.cpuUs();
  const before = readCpu(processes);
  const startedAt = performance.now();
  await worker.open();
  await untilEmpty(server);
  const seconds = (performance.now() - startedAt) / 1_000;
  const used = cpuBetween(before, readCpu(processes));
  const redisUs = (await server.cpuUs()) - redisBefore;
  await worker.close();
  await sleep(5 * READ_BLOCK_MS);
  return {
    batch,
    itemsPerSecond: users / seconds,
    dispatcherUsPerItem: ((used.get("dispatcher") ?? Number.NaN) * 1e6) / users,
    workerUsPerItem: ((used.get("worker") ?? Number.NaN) * 1e6) / users,
    redisUsPerItem: redisUs / users,
  };
}

async function untilEmpty({ redis, keys }: MicroRedis): Promise<void> {
  const streams = Array.from({ length: PARTITIONS }, (_, partition) => keys.handoff(partition));
  const deadline = performance.now() + DEADLINE_MS;
  while (performance.now() < deadline) {
    const lengths = await Promise.all(streams.map((stream) => redis.xlen(stream)));
    if (lengths.every((length) => length === 0)) return;
    await sleep(POLL_MS);
  }
  throw new Error(`the hand-off was not empty after ${DEADLINE_MS} ms`);
}
