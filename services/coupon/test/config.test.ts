import { ConfigError } from "@firstcome/runtime";
import { describe, expect, it } from "vitest";
import { readCouponConfig } from "../src/config.ts";

const needed = { REDIS_URL: "redis://127.0.0.1:6379", MYSQL_URL: "mysql://u:p@127.0.0.1:3306/firstcome" };

describe("the configuration", () => {
  it("needs the two stores, and has a default for the rest", () => {
    expect(readCouponConfig(needed)).toMatchObject({
      server: { host: "127.0.0.1", port: 50_051, metricsPort: undefined, auth: { kind: "off" } },
      logLevel: "info",
      timeZone: "Asia/Seoul",
      redis: { url: needed.REDIS_URL, keyPrefix: "", timeoutMs: 2_000 },
      mysql: { url: needed.MYSQL_URL, poolSize: 10 },
      gate: {
        partitions: 16,
        waitReplicas: 0,
        maxWaiting: 20_000,
        maxBatch: 1_000,
        closedMemoryBytes: 268_435_456,
        settleMs: 5_000,
        loadPatienceMs: 1_000,
      },
    });
  });

  it("names everything that is wrong at once, and repeats no value", () => {
    const wrong = {
      REDIS_URL: "http://secret@redis",
      REDIS_TIMEOUT_MS: "99",
      MYSQL_URL: "postgres://secret@db",
      GATE_PARTITIONS: "0",
    };

    const failure = (() => {
      try {
        return readCouponConfig(wrong);
      } catch (error) {
        return error;
      }
    })();

    expect(failure).toBeInstanceOf(ConfigError);
    expect(String(failure)).toMatch(
      /REDIS_URL.*REDIS_TIMEOUT_MS: must be a whole number from 100.*MYSQL_URL.*GATE_PARTITIONS/s,
    );
    expect(String(failure)).not.toContain("secret");
  });
});
