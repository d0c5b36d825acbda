import { CouponAdminService } from "@firstcome/contracts/coupon";
import { describe, expect, it } from "vitest";
import { Code, unavailable } from "../src/index.ts";
import { couponAdmin } from "./support/coupons.ts";
import { collect, connect, failureOf } from "./support/serve.ts";

describe("server streaming", () => {
  const countTo = (n: number) =>
    couponAdmin({
      async *watchCoupon() {
        for (let accepted = 1; accepted <= n; accepted += 1) yield { accepted };
      },
    });

  it("hands out every message in order", async () => {
    const client = await connect(CouponAdminService, countTo(1_000));
    const messages = await collect(client.watchCoupon({ couponId: "1" }));
    expect(messages.map(({ accepted }) => accepted)).toEqual(Array.from({ length: 1_000 }, (_, i) => i + 1));
  });

  it("hands out what came before an error, then the error", async () => {
    const client = await connect(
      CouponAdminService,
      couponAdmin({
        async *watchCoupon() {
          yield { accepted: 1 };
          yield { accepted: 2 };
          throw unavailable("GATE_UNAVAILABLE", "gone");
        },
      }),
    );
    const got: number[] = [];
    const reading = (async () => {
      for await (const { accepted } of client.watchCoupon({ couponId: "1" })) got.push(accepted);
    })();
    expect(await failureOf(reading)).toMatchObject({ code: Code.UNAVAILABLE, reason: "GATE_UNAVAILABLE" });
    expect(got).toEqual([1, 2]);
  });

  it("stops the handler when the reader leaves", async () => {
    const { promise: stopped, resolve: stop } = Promise.withResolvers<boolean>();
    const client = await connect(
      CouponAdminService,
      couponAdmin({
        async *watchCoupon(_request, { signal }) {
          try {
            for (let accepted = 1; ; accepted += 1) yield { accepted };
          } finally {
            stop(signal.aborted);
          }
        },
      }),
    );
    for await (const { accepted } of client.watchCoupon({ couponId: "1" })) if (accepted === 3) break;
    expect(await stopped).toBe(true);
  });

  it("ends a handler that waits when the reader leaves", async () => {
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    const client = await connect(
      CouponAdminService,
      couponAdmin({
        async *watchCoupon(_request, { signal }) {
          yield { accepted: 1 };
          await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
          end();
        },
      }),
    );
    const messages = client.watchCoupon({ couponId: "1" })[Symbol.asyncIterator]();
    expect((await messages.next()).value).toMatchObject({ accepted: 1 });
    await messages.return?.();
    await over;
  });

  it("sends no faster than the reader reads", async () => {
    const text = "x".repeat(10_000);
    let sent = 0;
    const { promise: stalled, resolve: stall } = Promise.withResolvers<void>();
    const client = await connect(
      CouponAdminService,
      couponAdmin({
        async *watchCoupon() {
          for (; sent < 10_000; sent += 1) {
            // Fires when nobody asks for the next message for so long: the buffers are full.
            const timer = setTimeout(stall, 200);
            yield { coupon: { name: text }, accepted: sent };
            clearTimeout(timer);
          }
        },
      }),
    );
    const reader = client.watchCoupon({ couponId: "1" })[Symbol.asyncIterator]();
    await reader.next();
    await stalled;
    // 100 MB were to be sent; what fits in the buffers of both sides and the socket is a small part of them.
    expect(sent).toBeLessThan(2_000);
    const before = sent;
    for (let i = 0; i < before; i += 1) await reader.next();
    expect(sent).toBeGreaterThan(before);
    await reader.return?.();
  });
});
