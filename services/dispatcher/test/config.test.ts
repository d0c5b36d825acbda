import { ConfigError } from "@firstcome/runtime";
import { describe, expect, it } from "vitest";
import { readDispatcherConfig } from "../src/config.ts";

const REDIS_URL = "redis://127.0.0.1:6379";

describe("the configuration", () => {
  it("needs only to know where Redis is", () => {
    const config = readDispatcherConfig({ REDIS_URL });
    expect(config).toMatchObject({
      server: { host: "127.0.0.1", port: 50054 },
      redis: { url: REDIS_URL, keyPrefix: "", timeoutMs: 2_000, partitions: 16 },
      attempts: { deadlineMs: 30_000, failureLimit: 10 },
    });
    expect(config.dispatcherId).toMatch(/^[A-Za-z0-9._:-]{1,64}$/);
    expect(readDispatcherConfig({ REDIS_URL }).dispatcherId).not.toBe(config.dispatcherId);
  });

  it("tells the processes of one service apart by their number", () => {
    const config = readDispatcherConfig({ REDIS_URL, DISPATCHER_ID: "seoul", WORKERS: "2", WORKER_NUMBER: "2" });
    expect(config).toMatchObject({ dispatcherId: "seoul-2", server: { workers: 2 } });
  });

  it.each([
    ["no Redis", {}, "REDIS_URL: is required"],
    ["an id that is none", { REDIS_URL, DISPATCHER_ID: "a b" }, "DISPATCHER_ID: must be"],
    [
      "claims that would rob the living",
      { REDIS_URL, DISPATCH_KEEP_ALIVE_MS: "5001" },
      "DISPATCH_CLAIM_MIN_IDLE_MS: must be at least three times",
    ],
    ["reads that outlast their connection", { REDIS_URL, DISPATCH_READ_BLOCK_MS: "20001" }, "DISPATCH_READ_BLOCK_MS: "],
    [
      "streams older than connections may be",
      { REDIS_URL, DISPATCH_STREAM_MAX_AGE_MS: "600000" },
      "DISPATCH_STREAM_MAX_AGE_MS: with its grace must be less",
    ],
  ])("refuses %s", (_what, env, problem) => {
    expect(() => readDispatcherConfig(env)).toThrow(ConfigError);
    expect(() => readDispatcherConfig(env)).toThrow(problem);
  });
});
