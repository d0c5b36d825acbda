import { describe, expect, it } from "vitest";
import { eventually, openRedis, privateRedisCluster, privateServers } from "@firstcome/testkit";
import { checkDurability, connectRedis } from "../src/index.ts";

describe("checkDurability", () => {
  it("is content with durable settings and names each unsafe one", async () => {
    const { redis: server } = await privateServers("redis");
    const redis = await connectRedis({ url: server.url, name: "test" });
    expect(await checkDurability(redis)).toEqual([]);
    await redis.call("CONFIG", "SET", "appendfsync", "everysec");
    await redis.call("CONFIG", "SET", "no-appendfsync-on-rewrite", "yes");
    await redis.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    expect(await checkDurability(redis)).toEqual([
      expect.stringMatching(/appendfsync everysec, not always/),
      expect.stringMatching(/no-appendfsync-on-rewrite yes, not no/),
      expect.stringMatching(/maxmemory-policy allkeys-lru, not noeviction/),
    ]);
    redis.disconnect();
  });

  it("looks at the replicas of a cluster, one of which is the primary next", async () => {
    const cluster = await privateRedisCluster({ replicas: 1 });
    const replica = openRedis(cluster.shards[0]?.replicas[0]?.url ?? "");
    await replica.call("CONFIG", "SET", "appendfsync", "no");
    // A client learns of the replicas when it connects, if the nodes of so young a cluster have told each other by then.
    await eventually(async () => {
      const redis = await connectRedis({ url: cluster.url, name: "test" });
      const warnings = await checkDurability(redis);
      redis.disconnect();
      expect(warnings).toEqual([expect.stringMatching(/appendfsync no, not always/)]);
    });
    replica.disconnect();
  });
});
