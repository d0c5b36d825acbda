import { describe, expect, it } from "vitest";
import { privateServers } from "@firstcome/testkit";
import { checkDurability, connectRedis } from "../src/index.ts";

describe("checkDurability", () => {
  it("is content with durable settings and names each unsafe one", async () => {
    const { redis: server } = await privateServers("redis");
    const redis = await connectRedis({ url: server.url, name: "test" });
    expect(await checkDurability(redis)).toEqual([]);
    await redis.call("CONFIG", "SET", "appendfsync", "everysec");
    await redis.call("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    expect(await checkDurability(redis)).toEqual([
      expect.stringMatching(/appendfsync everysec, not always/),
      expect.stringMatching(/maxmemory-policy allkeys-lru, not noeviction/),
    ]);
    redis.disconnect();
  });
});
