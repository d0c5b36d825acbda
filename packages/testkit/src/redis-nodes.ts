import { Cluster, Redis } from "ioredis";

const CLUSTER = /^redis\+cluster:\/\//;

/** A client that looks at the run's Redis from outside, server or cluster; it connects while commands wait. */
export function openRedis(url: string): Redis | Cluster {
  return CLUSTER.test(url) ? new Cluster(urlsOfNodes(url)) : new Redis(url);
}

/** `redis://…` of each node that the URL names. */
export function urlsOfNodes(url: string): string[] {
  return url
    .replace(CLUSTER, "redis://")
    .split(",")
    .map((node) => (node.includes("://") ? node : `redis://${node}`));
}

/** The servers that hold data: the one, or every primary of a cluster. For commands that name no key and mean one server. */
function redisNodes(redis: Redis | Cluster): Redis[] {
  return redis instanceof Cluster ? redis.nodes("master") : [redis];
}

/** All keys that match the pattern, wherever they are. */
export async function findKeys(redis: Redis | Cluster, pattern: string): Promise<string[]> {
  const found = await Promise.all(redisNodes(redis).map((node) => node.keys(pattern)));
  return found.flat();
}
