import { CouponService, IssueOutcome } from "@firstcome/contracts/coupon";
import { describe, expect, it } from "vitest";
import { Code, unavailable } from "../src/index.ts";
import { coupons } from "./support/coupons.ts";
import { connect, failureOf } from "./support/serve.ts";

describe("unary", () => {
  it("answers the request it was sent", async () => {
    const client = await connect(
      CouponService,
      coupons({
        async issueCoupon({ couponId, userId }) {
          return { outcome: IssueOutcome.ACCEPTED, issueNo: couponId.length + userId.length };
        },
      }),
    );
    const answer = await client.issueCoupon({ couponId: "42", userId: "mina" });
    expect(answer).toMatchObject({ $typeName: "firstcome.coupon.v1.IssueCouponResponse", outcome: 1, issueNo: 6 });
  });

  it("tells the handler who calls, for how long, and under which id", async () => {
    const seen: unknown[] = [];
    const client = await connect(
      CouponService,
      coupons({
        async issueCoupon(_request, ctx) {
          const { method, principal, peer, deadline } = ctx;
          seen.push({ method, principal, local: peer.startsWith("127.0.0.1:"), id: ctx.requestId() });
          expect(deadline).toBeGreaterThan(Date.now());
          expect(deadline).toBeLessThanOrEqual(Date.now() + 60_000);
          return {};
        },
      }),
    );
    await client.issueCoupon(
      { couponId: "1", userId: "mina" },
      { timeoutMs: 60_000, metadata: { "x-request-id": "r-1" } },
    );
    expect(seen).toEqual([
      {
        method: "firstcome.coupon.v1.CouponService/IssueCoupon",
        principal: { kind: "anonymous" },
        local: true,
        id: "r-1",
      },
    ]);
  });

  it.each([
    ["of kilobytes", "x".repeat(129)],
    ["of several words", "r 1"],
    ["that is empty", ""],
  ])("has an id of its own instead of one %s", async (_, given) => {
    const ids: string[] = [];
    const client = await connect(
      CouponService,
      coupons({
        async issueCoupon(_request, ctx) {
          ids.push(ctx.requestId());
          return {};
        },
      }),
    );
    await client.issueCoupon({ couponId: "1", userId: "mina" }, { metadata: { "x-request-id": given } });
    expect(ids).toEqual([expect.stringMatching(/^[0-9a-f-]{36}$/)]);
  });

  it("is tried again when the server says UNAVAILABLE", async () => {
    let tries = 0;
    const service = coupons({
      async issueCoupon() {
        tries += 1;
        if (tries < 3) throw unavailable("GATE_UNAVAILABLE", "not yet", 1);
        return { outcome: IssueOutcome.ACCEPTED };
      },
    });
    const client = await connect(CouponService, service, { retry: true });
    const { outcome } = await client.issueCoupon({ couponId: "1", userId: "mina" });
    expect({ outcome, tries }).toEqual({ outcome: IssueOutcome.ACCEPTED, tries: 3 });
  });

  it("is told at once to come back later when that is long", async () => {
    let tries = 0;
    const service = coupons({
      async issueCoupon() {
        tries += 1;
        throw unavailable("GATE_UNAVAILABLE", "not today", 60_000);
      },
    });
    const client = await connect(CouponService, service, { retry: true });
    const error = await failureOf(client.issueCoupon({ couponId: "1", userId: "mina" }));
    expect(error).toMatchObject({ code: Code.UNAVAILABLE, reason: "GATE_UNAVAILABLE", retryAfterMs: 60_000 });
    expect(tries).toBe(1);
  });
});
