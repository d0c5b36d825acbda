import { startService } from "@firstcome/stack";
import { eventually, testDatabase } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { ConfigError } from "@firstcome/runtime";
import { readOrderConfig } from "../src/config.ts";
import { Counter } from "./support/counter.ts";
import { startRecordingRanking } from "./support/recording-ranking.ts";
import { connect, environment } from "./support/start-shop.ts";

describe("the process", () => {
  it("says when it is ready, serves calls and metrics, and exits with 0 on SIGTERM", async () => {
    const ranking = await startRecordingRanking();
    const { url: mysqlUrl } = await testDatabase();
    const env = { ...environment({ mysqlUrl, rankingAddress: ranking.address }), METRICS_PORT: "0" };
    await using service = await startService({ name: "order", env });
    const counter = new Counter(connect(service.address));

    const order = await counter.order({ [await counter.product()]: 1 });
    await counter.pay(order);
    await ranking.callsOf(order.id, 1);
    const health = await fetch(`http://${service.metrics}/healthz`);

    expect(health.status).toBe(200);
    await eventually(async () => {
      const metrics = await (await fetch(`http://${service.metrics}/metrics`)).text();
      expect(metrics).toContain('firstcome_outbox_delivered_total{kind="SALES",service="order"} 1');
      expect(metrics).toContain('firstcome_outbox_lag_seconds{kind="SALES",service="order"} 0');
    });
    expect(await service.stop()).toMatchObject({ code: 0 });
    expect(service.lastLines.at(-1)).toContain('"msg":"stopped"');
  });
});

describe("the configuration", () => {
  it("names everything that is missing or wrong", () => {
    const read = (): unknown => readOrderConfig({ MYSQL_URL: "postgres://x", OUTBOX_POLL_MS: "0" });

    expect(read).toThrow(ConfigError);
    for (const name of ["MYSQL_URL", "COUPON_ADDRESS", "RANKING_ADDRESS", "OUTBOX_POLL_MS"]) expect(read).toThrow(name);
  });

  it("wants messages claimed for some seconds longer than their delivery takes", () => {
    const read = (CALL_TIMEOUT_MS: string, OUTBOX_CLAIM_MS?: string): unknown =>
      readOrderConfig({
        MYSQL_URL: "mysql://x@127.0.0.1/x",
        COUPON_ADDRESS: "127.0.0.1:1",
        RANKING_ADDRESS: "127.0.0.1:1",
        CALL_TIMEOUT_MS,
        OUTBOX_CLAIM_MS,
      });

    expect(() => read("2000", "4999")).toThrow(/OUTBOX_CLAIM_MS: must be 3000 more than CALL_TIMEOUT_MS/);
    expect(read("2000", "5000")).toMatchObject({ callTimeoutMs: 2_000, outbox: { claimMs: 5_000 } });
    // Whatever CALL_TIMEOUT_MS may be, the default is long enough.
    expect(read("10000")).toMatchObject({ outbox: { claimMs: 15_000 } });
  });
});
