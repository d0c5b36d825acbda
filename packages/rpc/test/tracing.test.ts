import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CouponService } from "@firstcome/contracts/coupon";
import { createLogger, startTracing } from "@firstcome/runtime";
import { describe, expect, it, onTestFinished } from "vitest";
import { createClient } from "../src/index.ts";
import { coupons } from "./support/coupons.ts";
import { open, serve } from "./support/serve.ts";

describe("tracing", () => {
  it("continues the caller's trace through the calls of a handler, in its log lines too, and sends the spans", async () => {
    const received: string[] = [];
    const collector = createServer((request, response) => {
      received.push(`${request.method} ${request.url}`);
      request.resume().on("end", () => response.end());
    });
    await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void collector.close());
    const { port } = collector.address() as AddressInfo;
    const tracing = await startTracing({ serviceName: "test", endpoint: `http://127.0.0.1:${port}` });

    const lines: { msg: string; traceId?: string; spanId?: string }[] = [];
    const log = createLogger({
      name: "test",
      destination: { write: (line) => void lines.push(JSON.parse(line) as (typeof lines)[number]) },
    });
    const inner = await serve(
      [
        coupons({
          async issueCoupon(_request, ctx) {
            ctx.log.info("inner");
            return {};
          },
        }),
      ],
      { log },
    );
    const innerClient = createClient(CouponService, open(inner));
    const outer = await serve(
      [
        coupons({
          async issueCoupon(request, ctx) {
            ctx.log.info("outer");
            return innerClient.issueCoupon(request, { ctx });
          },
        }),
      ],
      { log },
    );
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    await createClient(CouponService, open(outer)).issueCoupon(
      { couponId: "1", userId: "mina" },
      { metadata: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } },
    );
    await tracing[Symbol.asyncDispose]();

    expect(lines).toMatchObject([
      { msg: "outer", traceId },
      { msg: "inner", traceId },
    ]);
    expect(lines[0]?.spanId).not.toBe(lines[1]?.spanId);
    expect(received).toEqual(["POST /v1/traces"]);
  });
});
