import { ConfigError } from "@firstcome/runtime";
import { describe, expect, it } from "vitest";
import { readRankingConfig } from "../src/config.ts";

const needed = { REDIS_URL: "redis://127.0.0.1:6379", ORDER_ADDRESS: "127.0.0.1:50053" };

describe("the configuration", () => {
  it("needs Redis and the order service's address, and has a default for the rest", () => {
    expect(readRankingConfig(needed)).toMatchObject({
      server: { host: "127.0.0.1", port: 50_052, metricsPort: undefined, auth: { kind: "off" } },
      logLevel: "info",
      timeZone: "Asia/Seoul",
      redis: { url: needed.REDIS_URL, keyPrefix: "", timeoutMs: 2_000 },
      order: { address: needed.ORDER_ADDRESS, tls: undefined, credential: { kind: "none" } },
      refreshCron: "0 */5 * * * *",
      patienceMs: 250,
      watch: { intervalMs: 1_000, maxWatchers: 50_000 },
    });
  });

  it("names everything that is missing or wrong at once", () => {
    const failure = (() => {
      try {
        return readRankingConfig({ BUSINESS_TIME_ZONE: "Asia/Nowhere", WATCH_INTERVAL_MS: "often" });
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toBeInstanceOf(ConfigError);
    expect(String(failure)).toMatch(/BUSINESS_TIME_ZONE.*REDIS_URL.*ORDER_ADDRESS.*WATCH_INTERVAL_MS/s);
  });
});
