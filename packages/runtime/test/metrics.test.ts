import { describe, expect, it, onTestFinished } from "vitest";
import { ConfigError, createMetrics, exposeMetrics } from "../src/index.ts";

describe("createMetrics", () => {
  it("labels everything with the service, in a registry of its own", async () => {
    const [a, b] = [createMetrics({ name: "a" }), createMetrics({ name: "b" })];
    for (const metrics of [a, b]) metrics.counter({ name: "firstcome_test_total", help: "Tests" }).inc(2);
    expect(await a.registry.metrics()).toBe(
      '# HELP firstcome_test_total Tests\n# TYPE firstcome_test_total counter\nfirstcome_test_total{service="a"} 2\n',
    );
    expect(await b.registry.metrics()).toContain('firstcome_test_total{service="b"} 2');
  });

  it("gives the same metric for the same name, and refuses another type", () => {
    const metrics = createMetrics({ name: "a" });
    const config = { name: "firstcome_test_total", help: "Tests", labelNames: ["kind"] as const };
    expect(metrics.counter(config)).toBe(metrics.counter(config));
    expect(() => metrics.gauge(config)).toThrow("already exists with another type");
  });
});

describe("exposeMetrics", () => {
  it("serves /metrics with the process's own, and /healthz", async () => {
    let healthy = true;
    const metrics = createMetrics({ name: "a" });
    metrics.gauge({ name: "firstcome_test", help: "Tests" }).set(3);
    const server = await exposeMetrics({
      host: "127.0.0.1",
      port: 0,
      registry: metrics.registry,
      health: () => healthy,
    });
    onTestFinished(() => server[Symbol.asyncDispose]());
    const get = async (path: string): Promise<[number, string]> => {
      const response = await fetch(`http://${server.address}${path}`);
      return [response.status, await response.text()];
    };

    const [status, text] = await get("/metrics");
    expect(status).toBe(200);
    expect(text).toContain('firstcome_test{service="a"} 3');
    expect(text).toContain("process_cpu_seconds_total");
    expect(await get("/healthz?verbose")).toEqual([200, "ok\n"]);
    healthy = false;
    expect(await get("/healthz")).toEqual([503, "not serving\n"]);
    expect(await get("/")).toEqual([404, ""]);
  });

  it("fails on a port that is taken", async () => {
    const { registry } = createMetrics({ name: "a" });
    const server = await exposeMetrics({ host: "127.0.0.1", port: 0, registry, health: () => true });
    onTestFinished(() => server[Symbol.asyncDispose]());
    const port = Number(server.address?.split(":")[1]);
    const again = exposeMetrics({ host: "127.0.0.1", port, registry, health: () => true });
    await expect(again).rejects.toThrow(ConfigError);
    await expect(again).rejects.toThrow(/HOST, METRICS_PORT: cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE/);
  });
});
