import { randomUUID } from "node:crypto";
import { Gate } from "@firstcome/redis";
import type { Redis } from "ioredis";
import { userIdOf } from "../load/user-ids.ts";
import { type MicroRedis, openMicroRedis, removeKeys } from "./micro-redis.ts";
import type { WinnersMemory } from "./micro-results.ts";

type Structure = keyof WinnersMemory["bytesPerMember"];

const AT_ONCE = 1_000;

/** How many winners of each kind of id; none where it is 0. */
export type WinnersPlan = Readonly<Record<WinnersMemory["ids"], number>>;

/** What Redis keeps of winners: written by the real gate, and as other designs write them. */
export async function measureWinners(redisUrl: string, plan: WinnersPlan): Promise<WinnersMemory[]> {
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await openMicroRedis(redisUrl));
  stack.use(await withoutRewrites(server.redis));
  const kinds = { numeric: userIdOf, uuid: (): string => randomUUID() } as const;
  const measured: WinnersMemory[] = [];
  for (const [ids, idOf] of Object.entries(kinds) as [WinnersMemory["ids"], (n: number) => string][]) {
    const members = plan[ids];
    if (members === 0) continue;
    const userIds = Array.from({ length: members }, (_, n) => idOf(n));
    const bytesOf = async (structure: Structure): Promise<number> =>
      (await growth(server, () => WRITE[structure](server, userIds))) / members;
    measured.push({
      ids,
      members,
      bytesPerMember: {
        ours: await bytesOf("ours"),
        zset: await bytesOf("zset"),
        hash: await bytesOf("hash"),
        set: await bytesOf("set"),
      },
    });
  }
  return measured;
}

/** How each design writes winners. */
const WRITE: Readonly<Record<Structure, (server: MicroRedis, userIds: readonly string[]) => Promise<void>>> = {
  async ours(server, userIds) {
    const { redis, keys } = server;
    const [couponId = ""] = await server.openCoupons(1, userIds.length);
    const gate = new Gate({ redis, keys, maxBatch: AT_ONCE });
    for (const batch of batchesOf(userIds)) await gate.issueAll(couponId, batch);
    // The hand-off is on its way to the database; what stays are the winners.
    await redis.del(keys.handoff(keys.partitionOf(couponId)));
  },
  async zset({ redis, keyPrefix }, userIds) {
    const at = Date.now();
    for (const [n, batch] of batchesOf(userIds).entries()) {
      await redis.zadd(`${keyPrefix}zset`, ...batch.flatMap((userId, i) => [at + n * AT_ONCE + i, userId]));
    }
  },
  async hash({ redis, keyPrefix }, userIds) {
    for (const [n, batch] of batchesOf(userIds).entries()) {
      await redis.hset(`${keyPrefix}hash`, ...batch.flatMap((userId, i) => [userId, n * AT_ONCE + i + 1]));
    }
  },
  async set({ redis, keyPrefix }, userIds) {
    for (const batch of batchesOf(userIds)) await redis.sadd(`${keyPrefix}set`, ...batch);
  },
};

function batchesOf(userIds: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(userIds.length / AT_ONCE) }, (_, n) =>
    userIds.slice(n * AT_ONCE, (n + 1) * AT_ONCE),
  );
}

/** By how many bytes `write` makes Redis grow. What it wrote is removed again. */
async function growth({ redis, keyPrefix }: MicroRedis, write: () => Promise<void>): Promise<number> {
  const before = await usedMemory(redis);
  await write();
  const after = await usedMemory(redis);
  await removeKeys(redis, keyPrefix);
  return after - before;
}

/** Bytes that the allocator has given out. */
async function usedMemory(redis: Redis): Promise<number> {
  return Number(/^used_memory:(\d+)/m.exec(await redis.info("memory"))?.[1]);
}

/** While Redis rewrites its log in the background its tables grow late, and the figures would depend on when that happens. */
async function withoutRewrites(redis: Redis): Promise<AsyncDisposable> {
  const setting = "auto-aof-rewrite-percentage";
  const [, before = "100"] = await redis.config("GET", setting);
  await redis.config("SET", setting, "0");
  return {
    async [Symbol.asyncDispose]() {
      await redis.config("SET", setting, before);
    },
  };
}
