import { connect as connectHttp2 } from "node:http2";
import { CouponService } from "@firstcome/contracts/coupon";
import { describe, expect, it, onTestFinished } from "vitest";
import { Code, createClient } from "../src/index.ts";
import { coupons } from "./support/coupons.ts";
import { failureOf, open, serve } from "./support/serve.ts";

const request = { couponId: "1", userId: "mina" };
const echo = coupons({
  issueCoupon: async () => ({ issueNo: 1 }),
  async issueCoupons(stream) {
    for await (const { batchId } of stream) stream.write({ batchId });
  },
});

describe("a connection", () => {
  it("is asked to go at its age, its calls finish, and clients never notice", async () => {
    const server = await serve([echo], { limits: { maxConnectionAgeMs: 50, maxConnectionGraceMs: 10_000 } });
    const session = connectHttp2(`http://${server.address}`);
    onTestFinished(() => session.destroy());
    const asked = new Promise<number>((resolve) => session.once("goaway", resolve));

    // A call that was sent just before the client heard of it is refused, and sent again on the next connection.
    const client = createClient(CouponService, open(server, { retry: true }));
    const stream = client.issueCoupons();
    const answers = stream[Symbol.asyncIterator]();
    const roundTrip = async (batchId: number): Promise<unknown> => {
      stream.write({ batchId, couponId: "1", userIds: ["mina"] });
      return (await answers.next()).value;
    };
    expect(await roundTrip(1)).toMatchObject({ batchId: 1 });
    expect(await asked).toBe(0);
    expect(await client.issueCoupon(request)).toMatchObject({ issueNo: 1 });
    expect(await roundTrip(2)).toMatchObject({ batchId: 2 });
    stream.end();
    expect((await answers.next()).done).toBe(true);
  });

  it("is cut off when its calls outlast the grace", async () => {
    const server = await serve([echo], { limits: { maxConnectionAgeMs: 20, maxConnectionGraceMs: 20 } });
    const stream = createClient(CouponService, open(server)).issueCoupons();
    stream.write({ batchId: 1, couponId: "1", userIds: ["mina"] });
    const answers = stream[Symbol.asyncIterator]();
    expect((await answers.next()).value).toMatchObject({ batchId: 1 });
    expect(await failureOf(answers.next())).toHaveProperty("code");
  });

  it("tells its client how many calls it takes at once", async () => {
    const server = await serve([echo], { limits: { maxStreamsPerConnection: 7 } });
    const session = connectHttp2(`http://${server.address}`);
    onTestFinished(() => session.destroy());
    const settings = new Promise<{ maxConcurrentStreams?: number }>((resolve) =>
      session.once("remoteSettings", resolve),
    );
    expect((await settings).maxConcurrentStreams).toBe(7);
  });
});

describe("a message", () => {
  it("that is too large is refused", async () => {
    const server = await serve([echo], { limits: { maxMessageBytes: 1_024 } });
    const stream = createClient(CouponService, open(server)).issueCoupons();
    stream.write({ batchId: 1, couponId: "1", userIds: Array.from({ length: 100 }, () => "a-rather-long-user-id") });
    expect(await failureOf(stream[Symbol.asyncIterator]().next())).toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
  });
});
