import { CouponAdminService, CouponService, IssueOutcome } from "@firstcome/contracts/coupon";
import { describe, expect, it } from "vitest";
import { Code, createClient, unavailable } from "../src/index.ts";
import { couponAdmin, coupons } from "./support/coupons.ts";
import { collect, connect, failureOf, open, serve } from "./support/serve.ts";

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
          expect(deadline).toBeLessThanOrEqual(Date.now() + 5_000);
          return {};
        },
      }),
    );
    await client.issueCoupon(
      { couponId: "1", userId: "mina" },
      { timeoutMs: 5_000, metadata: { "x-request-id": "r-1" } },
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

describe("client streaming", () => {
  it("reads every request and answers once", async () => {
    const client = await connect(
      CouponAdminService,
      couponAdmin({
        async grantCoupons(requests) {
          let accepted = 0;
          for await (const { userIds } of requests) accepted += userIds.length;
          return { accepted };
        },
      }),
    );
    const requests = Array.from({ length: 200 }, (_, i) => ({ couponId: "1", userIds: [`a${i}`, `b${i}`] }));
    expect(await client.grantCoupons(requests)).toMatchObject({ accepted: 400 });
  });

  it("may be answered before everything was read", async () => {
    const client = await connect(
      CouponAdminService,
      couponAdmin({
        async grantCoupons(requests) {
          await requests[Symbol.asyncIterator]().next();
          return { soldOut: 1 };
        },
      }),
    );
    async function* forever() {
      for (;;) yield { couponId: "1", userIds: ["mina"] };
    }
    expect(await client.grantCoupons(forever())).toMatchObject({ soldOut: 1 });
  });

  it("fails with what the requests threw, and the handler never takes half for a whole", async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: handled, resolve: handle } = Promise.withResolvers<unknown>();
    const client = await connect(
      CouponAdminService,
      couponAdmin({
        async grantCoupons(requests) {
          await requests[Symbol.asyncIterator]().next();
          begin();
          handle(await failureOf(collect(requests)));
          return {};
        },
      }),
    );
    const broken = new Error("the file ended early");
    async function* grants() {
      yield { couponId: "1", userIds: ["mina"] };
      await begun;
      throw broken;
    }
    expect(await failureOf(client.grantCoupons(grants()))).toBe(broken);
    expect(await handled).toMatchObject({ code: Code.CANCELLED });
  });
});

describe("bidirectional streaming", () => {
  const echo = coupons({
    async issueCoupons(stream) {
      for await (const { batchId } of stream) {
        if (!stream.write({ batchId })) await stream.drained();
      }
    },
  });

  it("answers while requests still come", async () => {
    const client = await connect(CouponService, echo);
    const stream = client.issueCoupons();
    const answers = stream[Symbol.asyncIterator]();
    const got: (number | undefined)[] = [];
    for (const batchId of [7, 8, 9]) {
      stream.write({ batchId, couponId: "1", userIds: ["mina"] });
      const { value } = await answers.next();
      got.push(value?.batchId);
    }
    stream.end();
    expect(got).toEqual([7, 8, 9]);
    expect(await answers.next()).toEqual({ done: true, value: undefined });
    await stream.closed;
  });

  it("carries many messages both ways, with back-pressure", async () => {
    const client = await connect(CouponService, echo);
    const stream = client.issueCoupons();
    const writing = (async () => {
      for (let batchId = 0; batchId < 5_000; batchId += 1) {
        if (!stream.write({ batchId, couponId: "1", userIds: ["mina"] })) await stream.drained();
      }
      stream.end();
    })();
    const answers = await collect(stream);
    await writing;
    expect(answers.map(({ batchId }) => batchId)).toEqual(Array.from({ length: 5_000 }, (_, i) => i));
  });

  it("may be read in parts on the server", async () => {
    const client = await connect(
      CouponService,
      coupons({
        async issueCoupons(stream) {
          for await (const { batchId } of stream) {
            stream.write({ batchId: batchId + 100 });
            break;
          }
          for await (const { batchId } of stream) stream.write({ batchId });
        },
      }),
    );
    const stream = client.issueCoupons();
    for (const batchId of [1, 2, 3]) stream.write({ batchId, couponId: "1", userIds: ["mina"] });
    stream.end();
    expect((await collect(stream)).map(({ batchId }) => batchId)).toEqual([101, 2, 3]);
  });

  it("ends when the handler returns, though the client would go on", async () => {
    const client = await connect(
      CouponService,
      coupons({
        async issueCoupons(stream) {
          stream.write({ batchId: 1 });
        },
      }),
    );
    const stream = client.issueCoupons();
    expect((await collect(stream)).map(({ batchId }) => batchId)).toEqual([1]);
    await stream.closed;
    expect(stream.write({ batchId: 2, couponId: "1", userIds: ["mina"] })).toBe(false);
    await stream.drained();
  });

  it("makes the handler's reading throw and its signal abort when the client cancels", async () => {
    const { promise: handled, resolve: handle } = Promise.withResolvers<unknown>();
    const client = await connect(
      CouponService,
      coupons({
        async issueCoupons(stream, { signal }) {
          stream.write({ batchId: 1 });
          const error = await failureOf(collect(stream));
          await stream.closed;
          handle({ error, aborted: signal.aborted, open: stream.open, written: stream.write({ batchId: 2 }) });
        },
      }),
    );
    const stream = client.issueCoupons();
    await stream[Symbol.asyncIterator]().next();
    stream.cancel();
    expect(await handled).toMatchObject({
      error: { code: Code.CANCELLED },
      aborted: true,
      open: false,
      written: false,
    });
  });

  it("tells the client when the server dies", async () => {
    const server = await serve([echo]);
    const stream = createClient(CouponService, open(server)).issueCoupons();
    stream.write({ batchId: 1, couponId: "1", userIds: ["mina"] });
    const answers = stream[Symbol.asyncIterator]();
    await answers.next();
    const next = failureOf(answers.next());
    await server.drain(0);
    expect(await next).toHaveProperty("code");
  });
});
