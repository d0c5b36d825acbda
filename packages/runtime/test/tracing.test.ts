import { type AddressInfo, createServer, type Socket } from "node:net";
import { trace } from "@opentelemetry/api";
import { describe, expect, it, onTestFinished } from "vitest";
import { isTracing, startTracing } from "../src/index.ts";

describe("startTracing", () => {
  it("does nothing without an endpoint", async () => {
    const tracing = await startTracing({ serviceName: "coupon", endpoint: "" });
    expect([tracing.enabled, isTracing()]).toEqual([false, false]);
    await tracing[Symbol.asyncDispose]();
  });

  it("ends well with a collector that takes nothing in", async () => {
    const endpoint = await startSilentCollector();
    const tracing = await startTracing({ serviceName: "coupon", endpoint });
    trace.getTracer("test").startSpan("a call").end();
    expect(isTracing()).toBe(true);
    // The exporter gives up after ten seconds, and then calls it a failure: neither may become the service's.
    await tracing[Symbol.asyncDispose]();
    expect(isTracing()).toBe(false);
  });
});

async function startSilentCollector(): Promise<string> {
  const sockets = new Set<Socket>();
  const collector = createServer((socket) => sockets.add(socket));
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    collector.close();
  });
  return `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
}
