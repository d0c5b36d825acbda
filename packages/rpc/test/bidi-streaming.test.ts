import { CouponService } from "@firstcome/contracts/coupon";
import { describe, expect, it } from "vitest";
import { Code, createClient } from "../src/index.ts";
import { coupons } from "./support/coupons.ts";
import { collect, connect, failureOf, open, serve } from "./support/serve.ts";

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
