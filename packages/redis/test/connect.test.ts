import type { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import {
  cleanUpAfterFile,
  eventually,
  privateRedisCluster,
  privateSentinels,
  privateServers,
} from "@firstcome/testkit";
import { checkDurability, connectRedis } from "../src/index.ts";
import { duplicateForBlocking, duplicateForWaiting, type RedisClient } from "../src/connect.ts";
import { isRedisUrl, parseRedisUrl } from "../src/redis-url.ts";

describe("a Redis URL", () => {
  it("names one server, some sentinels, or some nodes of a cluster", () => {
    expect(parseRedisUrl("rediss://u:p@redis:6380/2")).toEqual({ kind: "single", url: "rediss://u:p@redis:6380/2" });
    expect(parseRedisUrl("redis+sentinel://10.0.0.1,[::1]:26380/mymaster")).toEqual({
      kind: "sentinel",
      group: "mymaster",
      nodes: [
        { host: "10.0.0.1", port: 26_379 },
        { host: "::1", port: 26_380 },
      ],
      tls: false,
      username: undefined,
      password: undefined,
    });
    expect(parseRedisUrl("rediss+cluster://coupon:a%2Fb%40c@one:7000,two")).toEqual({
      kind: "cluster",
      nodes: [
        { host: "one", port: 7_000 },
        { host: "two", port: 6_379 },
      ],
      tls: true,
      username: "coupon",
      password: "a/b@c",
    });
  });

  it.each([
    "http://secret@redis",
    "redis+sentinel://secret@host:26379",
    "redis+cluster://",
    "redis+cluster://secret@one:7000,,two",
    "redis+cluster://one:7000/secret",
    "redis+cluster://one:secret",
    "redis://",
    "secret",
  ])("is not %s, of which the message repeats nothing", (url) => {
    expect(isRedisUrl(url)).toBe(false);
    expect(() => parseRedisUrl(url)).toThrow(/^a Redis URL must be redis:\/\/host:port, (?!.*secret)/);
  });
});

describe("connectRedis", () => {
  it("reaches the primary through sentinels, and the replica that takes its place", async () => {
    const { url, primary } = await privateSentinels();
    const redis = await connectRedis({ url, name: "test" });
    await redis.set("kept", "yes");
    await redis.call("WAIT", 1, 1_000);
    await primary.kill();
    await eventually(() => redis.set("written", "after"));
    expect(await redis.get("kept")).toBe("yes");
    expect(await checkDurability(redis)).toEqual([]);
    redis.disconnect();
  });

  it("reaches it also when it is told of a new primary just while it asks for the primary", async () => {
    const { url } = await privateSentinels();
    for (const connect of [(client: RedisClient) => client, duplicateForBlocking]) {
      const first = await connectRedis({ url, name: "test" });
      const redis = connect(first) as Redis;
      await redis.ping();
      const asking = heard(redis, "connecting");
      // As sentinels have it disconnected that tell of a new primary: first from the old one, which is still there, …
      redis.disconnect(true);
      await asking;
      // … then, since there is nothing else, from the sentinel that is being asked.
      const ended = heard(redis, "end");
      redis.disconnect(true);
      await ended;
      expect(await eventually(() => redis.ping())).toBe("PONG");
      redis.disconnect();
      first.disconnect();
    }
  });

  it("ends when it is told to, and does not come back", async () => {
    const { url } = await privateSentinels();
    const redis = await connectRedis({ url, name: "test" });
    const ended = heard(redis as Redis, "end");
    redis.disconnect();
    await ended;
    await expect(redis.ping()).rejects.toThrow("Connection is closed");
    expect(redis.status).toBe("end");
  });

  it("says when no sentinel answers", async () => {
    const url = "redis+sentinel://127.0.0.1:1/mymaster";
    await expect(connectRedis({ url, name: "test", connectTimeoutMs: 200 })).rejects.toThrow(/does not answer/);
  });
});

describe("a command to a Redis that does not answer", () => {
  it.each([
    ["the client", (client: RedisClient) => client],
    ["its connection for waiting", (client: RedisClient) => duplicateForWaiting(client, 1)],
    ["its connection for blocking", duplicateForBlocking],
  ])("is given up by %s after the client's time, and not before", async (_whose, connectionOf) => {
    const { redis: server } = await privateServers("redis");
    const open = async (commandTimeoutMs: number): Promise<RedisClient> => {
      const client = await connectRedis({ url: server.url, name: "test", commandTimeoutMs });
      const connection = connectionOf(client);
      if (connection.status === "wait") await connection.connect();
      cleanUpAfterFile(async () => {
        connection.disconnect();
        client.disconnect();
      });
      return connection;
    };
    const [patient, hasty] = [await open(60_000), await open(1_000)];
    const entry = await patient.xadd("stream", "*", "field", "value");
    const read = (redis: RedisClient) => redis.xread("BLOCK", 1, "STREAMS", "stream", "0");

    // Again, should the server have been thawed by somebody else who stops processes for a while.
    const { answer } = await eventually(async () => {
      await server.freeze();
      // First, so that it would be given up first, were their times the same.
      const asked = read(patient);
      // ioredis ends a blocking read that is late as if nothing had come.
      expect(await read(hasty).catch(String)).toSatisfy((late) => late === null || late === "Error: Command timed out");
      return { answer: asked };
    });
    await server.thaw();

    expect(await answer).toEqual([["stream", [[entry, ["field", "value"]]]]]);
  });
});

describe("checkDurability on a cluster", () => {
  it("looks at every shard's primary", async () => {
    const { url, shards } = await privateRedisCluster();
    const redis = await connectRedis({ url, name: "test" });
    expect(await checkDurability(redis)).toEqual([]);
    const last = await connectRedis({ url: shards.at(-1)?.primary.url ?? "", name: "test" });
    await last.call("CONFIG", "SET", "appendfsync", "everysec");
    expect(await checkDurability(redis)).toEqual([expect.stringMatching(/appendfsync everysec, not always/)]);
    last.disconnect();
    redis.disconnect();
  });
});

function heard(redis: Redis, event: "connecting" | "end"): Promise<void> {
  return new Promise((resolve) => redis.once(event, () => resolve()));
}
