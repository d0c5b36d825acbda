import {
  type PrivateServers,
  type RedisCluster,
  type RedisClusterOptions,
  type ReplicatedRedis,
  type Sentinels,
  type ServerName,
  startPrivateServers,
  startRedisCluster,
  startRedisWithReplica,
  startSentinels,
} from "@firstcome/stack";
import { cleanUpAfterFile } from "./file-cleanup.ts";

/**
 * Starts servers of the test's own, which it may kill, freeze and start again without disturbing other files:
 * `const { redis, mysql } = await privateServers("redis", "mysql")`. They end when the file is through, or when disposed of.
 */
export async function privateServers<N extends ServerName>(...names: readonly N[]): Promise<PrivateServers<N>> {
  const servers = await startPrivateServers(names);
  cleanUpAfterFile(async () => await servers[Symbol.asyncDispose]());
  return servers;
}

/** A primary and replicas of the test's own, which end when the file is through. */
export async function privateReplicatedRedis(
  options?: Parameters<typeof startRedisWithReplica>[0],
): Promise<ReplicatedRedis> {
  const redis = await startRedisWithReplica(options);
  cleanUpAfterFile(async () => await redis[Symbol.asyncDispose]());
  return redis;
}

/** A primary and a replica of the test's own, and the sentinels that watch them. */
export async function privateSentinels(): Promise<ReplicatedRedis & Sentinels> {
  const redis = await privateReplicatedRedis();
  const sentinels = await startSentinels(redis);
  cleanUpAfterFile(async () => await sentinels[Symbol.asyncDispose]());
  return { ...redis, ...sentinels };
}

/** A Redis Cluster of the test's own. */
export async function privateRedisCluster(options?: RedisClusterOptions): Promise<RedisCluster> {
  const cluster = await startRedisCluster(options);
  cleanUpAfterFile(async () => await cluster[Symbol.asyncDispose]());
  return cluster;
}
