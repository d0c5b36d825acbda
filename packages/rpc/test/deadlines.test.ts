import { connect as connectHttp2, constants, type IncomingHttpHeaders } from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import { CouponAdminService, CouponService, IssueCouponRequestSchema } from "@firstcome/contracts/coupon";
import { describe, expect, it, onTestFinished } from "vitest";
import { Code, createClient, type RpcError } from "../src/index.ts";
import { couponAdmin, coupons } from "./support/coupons.ts";
import { collect, connect, failureOf, open, serve } from "./support/serve.ts";

describe("a deadline", () => {
  it("ends the call in the client and tells the handler", async () => {
    const { promise: aborted, resolve } = Promise.withResolvers<boolean>();
    const begun: AbortSignal[] = [];
    const server = await serve([
      coupons({
        async issueCoupon(_request, { signal }) {
          begun.push(signal);
          await new Promise<void>((done) => signal.addEventListener("abort", () => done(), { once: true }));
          resolve(signal.aborted);
          return {};
        },
      }),
    ]);
    const channel = open(server);
    await channel.connect(10_000);
    const client = createClient(CouponService, channel);
    // Once more where the deadline passed on the way to the handler, as on a machine that stood still.
    do {
      const error = await failureOf(client.issueCoupon({ couponId: "1", userId: "mina" }, { timeoutMs: 2_000 }));
      expect(error).toMatchObject({ code: Code.DEADLINE_EXCEEDED });
    } while (begun.length === 0);
    expect(await aborted).toBe(true);
  });

  it("that passes for thousands of callers at once costs nobody else the connection", async () => {
    const answered = Promise.withResolvers<void>();
    const server = await serve([
      coupons({
        async issueCoupon({ userId }) {
          await answered.promise;
          return { issueNo: userId.length };
        },
      }),
    ]);
    const channel = open(server);
    await channel.connect(10_000);
    const client = createClient(CouponService, channel);
    const patient = client.issueCoupon({ couponId: "1", userId: "patient" });
    const failures = await Promise.all(
      Array.from({ length: 3_000 }, () =>
        failureOf(client.issueCoupon({ couponId: "1", userId: "impatient" }, { timeoutMs: 3_000 })),
      ),
    );
    expect(new Set(failures.map((failure) => (failure as RpcError).code))).toEqual(new Set([Code.DEADLINE_EXCEEDED]));
    answered.resolve();
    expect(await patient).toMatchObject({ issueNo: "patient".length });
  });

  it("is given to unary calls that name none", async () => {
    const deadlines: (number | undefined)[] = [];
    const client = await connect(
      CouponService,
      coupons({
        async issueCoupon(_request, { deadline }) {
          deadlines.push(deadline);
          return {};
        },
      }),
      { defaultTimeoutMs: 3_000 },
    );
    const before = Date.now();
    await client.issueCoupon({ couponId: "1", userId: "mina" });
    expect(deadlines).toHaveLength(1);
    expect(deadlines[0]).toBeGreaterThan(before);
    expect(deadlines[0]).toBeLessThanOrEqual(Date.now() + 3_000);
  });

  it("is not given to streams that name none", async () => {
    const deadlines: (number | undefined)[] = [];
    const client = await connect(
      CouponAdminService,
      couponAdmin({
        async *watchCoupon(_request, { deadline }) {
          deadlines.push(deadline);
          yield {};
        },
      }),
    );
    await collect(client.watchCoupon({ couponId: "1" }));
    expect(deadlines).toEqual([undefined]);
  });

  it("is passed on to the calls that a handler makes, and so is a cancellation", async () => {
    const { promise: waiting, resolve: wait } = Promise.withResolvers<number | undefined>();
    const { promise: aborted, resolve: abort } = Promise.withResolvers<void>();
    const inner = await connect(
      CouponService,
      coupons({
        async issueCoupon(_request, ctx) {
          ctx.signal.addEventListener("abort", () => abort(), { once: true });
          wait(ctx.deadline);
          await aborted;
          return {};
        },
      }),
    );
    const outer = await connect(
      CouponService,
      coupons({ issueCoupon: (request, ctx) => inner.issueCoupon(request, { ctx }) }),
    );
    const giveUp = new AbortController();
    const deadline = Date.now() + 60_000;
    const call = failureOf(outer.issueCoupon({ couponId: "1", userId: "mina" }, { deadline, signal: giveUp.signal }));
    expect(Math.abs(((await waiting) ?? 0) - deadline)).toBeLessThan(20_000);
    giveUp.abort();
    expect(await call).toMatchObject({ code: Code.CANCELLED });
    await aborted;
  });

  it("that has passed is answered without running the handler", async () => {
    let runs = 0;
    const server = await serve([
      coupons({
        async issueCoupon() {
          runs += 1;
          return {};
        },
      }),
    ]);
    expect(await rawCall(server.address, { "grpc-timeout": "0m" })).toBe(String(Code.DEADLINE_EXCEEDED));
    expect(await rawCall(server.address, { "grpc-timeout": "0n" })).toBe(String(Code.DEADLINE_EXCEEDED));
    expect(runs).toBe(0);
    expect(await rawCall(server.address, { "grpc-timeout": "5S" })).toBe(String(Code.OK));
    expect(runs).toBe(1);
  });

  it("is not waited for by a call that was cancelled before it began", async () => {
    const server = await serve([coupons({ issueCoupon: async () => ({}) })]);
    const client = createClient(CouponService, open(server));
    const error = await failureOf(
      client.issueCoupon({ couponId: "1", userId: "mina" }, { signal: AbortSignal.abort() }),
    );
    expect(error).toMatchObject({ code: Code.CANCELLED });
  });
});

/** A unary call by hand, since a client of grpc-js never sends a deadline that has passed. Gives the status code. */
async function rawCall(address: string, headers: Record<string, string>): Promise<string> {
  const session = connectHttp2(`http://${address}`);
  onTestFinished(() => session.destroy());
  const message = toBinary(
    IssueCouponRequestSchema,
    create(IssueCouponRequestSchema, { couponId: "1", userId: "mina" }),
  );
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  const stream = session.request({
    [constants.HTTP2_HEADER_METHOD]: "POST",
    [constants.HTTP2_HEADER_PATH]: `/${CouponService.typeName}/IssueCoupon`,
    [constants.HTTP2_HEADER_CONTENT_TYPE]: "application/grpc",
    te: "trailers",
    ...headers,
  });
  const { promise: status, resolve } = Promise.withResolvers<string>();
  const read = (received: IncomingHttpHeaders): void => {
    const code = received["grpc-status"];
    if (typeof code === "string") resolve(code);
  };
  stream.on("response", read).on("trailers", read).resume().end(frame);
  return status;
}
