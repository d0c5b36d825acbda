import { createFirstcomeClient } from "@firstcome/client";
import { SalesEvent } from "@firstcome/contracts/ranking";
import { startService } from "@firstcome/stack";
import { testRedis } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";

describe("the process", () => {
  it("is ready without the order service, serves calls and metrics, and exits with 0 on SIGTERM", async () => {
    const { url, keyPrefix } = testRedis();
    const env = {
      PORT: "0",
      METRICS_PORT: "0",
      REDIS_URL: url,
      REDIS_KEY_PREFIX: keyPrefix,
      // Nobody listens there.
      ORDER_ADDRESS: "127.0.0.1:9",
    };
    await using service = await startService({ name: "ranking", env });
    using client = createFirstcomeClient({ ranking: service.address, retry: false });

    const sales = { orderId: "1", day: "20300102", event: SalesEvent.PAID, productIds: ["1"], quantities: [2] };
    expect(await client.ranking.recordSales(sales)).toMatchObject({ counted: true });
    expect(await client.ranking.recordSales(sales)).toMatchObject({ counted: false });
    const health = await fetch(`http://${service.metrics}/healthz`);
    const metrics = await (await fetch(`http://${service.metrics}/metrics`)).text();

    expect(health.status).toBe(200);
    expect(metrics).toContain('firstcome_ranking_sales_total{event="PAID",counted="true",service="ranking"} 1');
    expect(metrics).toContain('firstcome_ranking_sales_total{event="PAID",counted="false",service="ranking"} 1');
    expect(await service.stop()).toMatchObject({ code: 0 });
    expect(service.lastLines.at(-1)).toContain('"msg":"stopped"');
  });
});
