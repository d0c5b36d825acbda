import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect as connectTcp } from "node:net";
import { join } from "node:path";
import { CouponAdminService, CouponService } from "@firstcome/contracts/coupon";
import { ConfigError } from "@firstcome/runtime";
import { describe, expect, it, onTestFinished } from "vitest";
import { Code, createClient } from "../src/index.ts";
import { couponAdmin, coupons } from "./support/coupons.ts";
import { DeafSocket } from "./support/deaf-socket.ts";
import { pinged } from "./support/pinged.ts";
import { collect, failureOf, open, serve } from "./support/serve.ts";

const pem = (name: string): string => join(import.meta.dirname, "support/certs", name);
const serverTls = { certFile: pem("server.pem"), keyFile: pem("server.key.pem") };
const KEEPALIVE_MS = 200;
const request = { couponId: "1", userId: "mina" };

describe("drain", () => {
  it("lets calls under way finish, and takes no new ones", async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: release, resolve: finish } = Promise.withResolvers<void>();
    const server = await serve([
      coupons({
        async issueCoupon() {
          begin();
          await release;
          return { issueNo: 7 };
        },
      }),
    ]);
    const client = createClient(CouponService, open(server));
    const underWay = client.issueCoupon(request);
    await begun;
    const drained = server.drain(10_000);
    expect(server.serving).toBe(false);

    const late = createClient(CouponService, open(server));
    expect(await failureOf(late.issueCoupon(request))).toMatchObject({ code: Code.UNAVAILABLE });
    finish();
    expect(await underWay).toMatchObject({ issueNo: 7 });
    await drained;
  });

  it("lets calls finish that outlast the next ping of their connection", async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const { promise: release, resolve: finish } = Promise.withResolvers<void>();
    const issueCoupon = async (): Promise<{ issueNo: number }> => {
      begin();
      await release;
      return { issueNo: 7 };
    };
    const server = await serve([coupons({ issueCoupon })], { limits: { keepaliveMs: KEEPALIVE_MS } });
    const underWay = createClient(CouponService, open(server)).issueCoupon(request);
    await begun;
    const drained = server.drain(60_000);
    await pinged(KEEPALIVE_MS);
    finish();
    expect(await underWay).toMatchObject({ issueNo: 7 });
    await drained;
  });

  it.each([
    ["plain text", undefined, undefined],
    ["TLS", serverTls, { caFile: pem("ca.pem") }],
  ])(
    "cuts off at the deadline what does not finish, and its callers lose a connection of %s",
    async (_, tls, trust) => {
      const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
      const { promise: aborted, resolve: abort } = Promise.withResolvers<void>();
      const server = await serve(
        [
          coupons({
            async issueCoupon(_request, { signal }) {
              signal.addEventListener("abort", () => abort(), { once: true });
              begin();
              await aborted;
              return {};
            },
          }),
        ],
        { tls },
      );
      const call = failureOf(createClient(CouponService, open(server, { tls: trust })).issueCoupon(request));
      await begun;
      await server.drain(50);
      await aborted;
      expect(await call).toMatchObject({ code: Code.UNAVAILABLE });
    },
  );

  it.each([
    ["plain text", undefined],
    ["TLS", serverTls],
  ])("ends at the deadline when a peer over %s says nothing and does not hang up", async (_, tls) => {
    const server = await serve([], { tls });
    const peer = connectTcp({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
    onTestFinished(() => void peer.destroy());
    await once(peer, "connect");
    // It has been accepted before those that came after it.
    await open(server, tls && { tls: { caFile: pem("ca.pem") } }).connect(60_000);
    await expect(server.drain(50)).resolves.toBeUndefined();
  });

  it("ends soon after the deadline when a caller reads nothing, and its answers are in the way", async () => {
    const { promise: answering, resolve: answer } = Promise.withResolvers<void>();
    const { promise: aborted, resolve: abort } = Promise.withResolvers<void>();
    const server = await serve([
      coupons({
        async issueCoupons(stream, { signal }) {
          signal.addEventListener("abort", () => abort(), { once: true });
          const issueNos = Array.from({ length: 100_000 }, (_, n) => n + 1_000_000);
          for (let batchId = 0; batchId < 100; batchId += 1) stream.write({ batchId, issueNos });
          answer();
          await aborted;
        },
      }),
    ]);
    const session = connectHttp2(`http://${server.address}`, {
      createConnection: () => new DeafSocket(server.port),
      settings: { initialWindowSize: 2 ** 31 - 1 },
    });
    onTestFinished(() => session.destroy());
    session.once("connect", () => session.setLocalWindowSize(2 ** 31 - 1));
    const path = `/${CouponService.typeName}/IssueCoupons`;
    session.request({ ":method": "POST", ":path": path, "content-type": "application/grpc", te: "trailers" });
    await answering;
    await expect(server.drain(50)).resolves.toBeUndefined();
    await aborted;
  });

  it("cuts off connections that had been asked to go before, and have calls", async () => {
    const server = await serve(
      [
        coupons({
          async issueCoupons(_stream, { signal }) {
            await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
          },
        }),
      ],
      { limits: { maxConnectionAgeMs: 500, maxConnectionGraceMs: 60_000 } },
    );
    const session = connectHttp2(`http://${server.address}`);
    onTestFinished(() => session.destroy());
    // What being cut off looks like from here.
    session.on("error", () => {});
    const asked = new Promise<void>((resolve) => session.once("goaway", () => resolve()));
    const closed = new Promise<void>((resolve) => session.once("close", () => resolve()));
    const path = `/${CouponService.typeName}/IssueCoupons`;
    const call = session.request({
      ":method": "POST",
      ":path": path,
      "content-type": "application/grpc",
      te: "trailers",
    });
    call.on("error", () => {});
    await asked;
    expect(session.destroyed).toBe(false);
    await server.drain(50);
    await closed;
    expect(session.destroyed).toBe(true);
  });

  it("tells streams, which then end themselves", async () => {
    const server = await serve([
      couponAdmin({
        async *watchCoupon(_request, { draining }) {
          yield { accepted: 1 };
          await new Promise<void>((resolve) => draining.addEventListener("abort", () => resolve(), { once: true }));
          yield { accepted: 2 };
        },
      }),
    ]);
    const watch = createClient(CouponAdminService, open(server)).watchCoupon({ couponId: "1" });
    const messages = watch[Symbol.asyncIterator]();
    await messages.next();
    const rest = collect({ [Symbol.asyncIterator]: () => messages });
    await server.drain(10_000);
    expect((await rest).map(({ accepted }) => accepted)).toEqual([2]);
  });

  it("may be asked for twice, and frees the port", async () => {
    const server = await serve([]);
    await Promise.all([server.drain(1_000), server.drain(1_000), server[Symbol.asyncDispose]()]);
    const next = await serve([], { port: server.port });
    expect(next.address).toBe(server.address);
  });
});

describe("start", () => {
  it("fails on a port that is taken", async () => {
    const { port } = await serve([]);
    const error = await failureOf(serve([], { port }));
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).message).toContain(`HOST, PORT: cannot listen on 127.0.0.1:${port}: `);
    expect((error as ConfigError).message).toContain("EADDRINUSE");
  });

  it("fails when two services are the same", async () => {
    await expect(serve([coupons({}), coupons({})])).rejects.toThrow("registered twice");
  });
});
