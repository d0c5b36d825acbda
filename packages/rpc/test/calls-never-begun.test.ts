import { once } from "node:events";
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2, constants } from "node:http2";
import { CouponService } from "@firstcome/contracts/coupon";
import { createMetrics } from "@firstcome/runtime";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { type Client, createClient } from "../src/index.ts";
import { coupons } from "./support/coupons.ts";
import { failureOf, open, serve } from "./support/serve.ts";

const MAX_CALLS = 4;
const ask = { couponId: "1", userId: "mina" };

describe("the room of a server", () => {
  it.each<[string, (session: ClientHttp2Session) => Promise<unknown>]>([
    ["is reset", (session) => closed(request(session), (call) => call.close(constants.NGHTTP2_CANCEL))],
    [
      "is reset in the turn it came",
      async (session) => {
        const call = request(session);
        call.close(constants.NGHTTP2_CANCEL);
        await once(call, "close");
      },
    ],
    [
      "is past its deadline before its message",
      async (session) => {
        const call = request(session, { "grpc-timeout": "1m" });
        await once(call, "response");
        await closed(call, () => call.end());
      },
    ],
    ["ends without a message", (session) => closed(request(session), (call) => call.end())],
    ["is too large", (session) => closed(request(session), (call) => call.end(Buffer.from([0, 127, 255, 255, 255])))],
    [
      "cannot be read",
      (session) => {
        const call = request(session, { "grpc-encoding": "gzip" });
        return closed(call, () => call.end(Buffer.from([1, 0, 0, 0, 1, 0])));
      },
    ],
  ])("is whole again when a call %s, and never begins", async (_, end) => {
    const { coupon, session, together } = await serveFew();
    for (let nth = 0; nth < 3 * MAX_CALLS; nth += 1) {
      await end(session);
      await heard(session);
      expect(await coupon.issueCoupon(ask)).toMatchObject({ issueNo: 7 });
    }
    await together();
  });

  it("is whole again when the connection of such calls is lost", async () => {
    const { connect, connections, together } = await serveFew();
    const before = await connections();
    for (let nth = 0; nth < 2; nth += 1) {
      const lost = await connect();
      for (let call = 0; call < MAX_CALLS; call += 1) request(lost);
      await heard(lost);
      lost.destroy();
      await expect.poll(connections, { timeout: 60_000 }).toBe(before);
    }
    await together();
  });

  it("is kept for calls whose streams stay open for a while only, however many others are served meanwhile", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    const { coupon, session, together } = await serveFew();
    const second = async (): Promise<void> => {
      for (let nth = 0; nth < MAX_CALLS; nth += 1) {
        expect(await coupon.issueCoupon(ask)).toMatchObject({ issueNo: 7 });
      }
      vi.advanceTimersByTime(1_000);
    };
    for (let passed = 0; passed < 3 * MAX_CALLS; passed += 1) {
      request(session);
      await heard(session);
      await second();
    }
    await second();
    await together();
  });

  it("is taken once by a call, from its headers to its answer", async () => {
    const { coupon, begin, release } = await serveFew();
    const calls = [];
    for (let nth = 0; nth < MAX_CALLS; nth += 1) calls.push(await begin());
    expect(await failureOf(coupon.issueCoupon(ask))).toMatchObject({ reason: "OVERLOADED" });
    release();
    for (const { answer } of calls) expect(await answer).toMatchObject({ issueNo: 7 });
    expect(await coupon.issueCoupon(ask)).toMatchObject({ issueNo: 7 });
  });
});

/** The headers of a call. */
function request(session: ClientHttp2Session, headers: Record<string, string> = {}): ClientHttp2Stream {
  const call = session.request({
    ":method": "POST",
    ":path": "/firstcome.coupon.v1.CouponService/IssueCoupon",
    "content-type": "application/grpc",
    te: "trailers",
    ...headers,
  });
  return call.on("error", () => undefined).resume();
}

/** Ends a call whose headers the server has read. */
async function closed(call: ClientHttp2Stream, end: (call: ClientHttp2Stream) => void): Promise<void> {
  const over = once(call, "close");
  await heard(call.session as ClientHttp2Session);
  end(call);
  await over;
}

/** When the server has read what was sent so far. */
function heard(session: ClientHttp2Session): Promise<void> {
  return new Promise((resolve, reject) => session.ping((error) => (error ? reject(error) : resolve())));
}

/** A server that works on four calls at once, and connections to it. */
async function serveFew() {
  const metrics = createMetrics({ name: "test" });
  const waiting = new Set<() => void>();
  let onBegun: (held: number) => void = () => {};
  const release = (): void => {
    for (const done of waiting) done();
    waiting.clear();
  };
  const server = await serve(
    [
      coupons({
        async issueCoupon({ userId }) {
          if (userId === "held") {
            await new Promise<void>((resolve) => {
              waiting.add(resolve);
              onBegun(waiting.size);
            });
          }
          return { issueNo: 7 };
        },
      }),
    ],
    { limits: { maxCalls: MAX_CALLS }, metrics },
  );
  const connect = async (): Promise<ClientHttp2Session> => {
    const session = connectHttp2(`http://${server.address}`);
    onTestFinished(() => session.destroy());
    session.on("error", () => undefined);
    await once(session, "connect");
    await heard(session);
    return session;
  };
  const coupon: Client<typeof CouponService> = createClient(CouponService, open(server));
  const hold = () => coupon.issueCoupon({ ...ask, userId: "held" });
  return {
    coupon,
    session: await connect(),
    connect,
    release,
    /** How many are open. */
    connections: async () =>
      (await metrics.registry.getSingleMetric("firstcome_rpc_connections")?.get())?.values[0]?.value,
    /** Resolves when one more call is worked on, until it is released. */
    begin: async () => {
      const { promise: begun, resolve } = Promise.withResolvers<void>();
      onBegun = () => resolve();
      const answer = hold();
      await Promise.race([begun, answer]);
      return { answer };
    },
    /** Fails unless as many calls are worked on at once as may be. */
    together: async () => {
      onBegun = (held) => held === MAX_CALLS && release();
      await Promise.all(Array.from({ length: MAX_CALLS }, hold));
    },
  };
}
