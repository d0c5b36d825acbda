import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import { promisify } from "node:util";
import { CouponService } from "@firstcome/contracts/coupon";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { describe, expect, it, onTestFinished } from "vitest";
import { Code, createClient } from "../src/index.ts";
import { type LifeLimits, limitConnectionLives } from "../src/server/connection-life.ts";
import { coupons } from "./support/coupons.ts";
import { pinged } from "./support/pinged.ts";
import { failureOf, open, serve } from "./support/serve.ts";

const NEVER_MS = 2 ** 31 - 1;
const KEEPALIVE_MS = 400;
const request = { couponId: "1", userId: "mina" };

describe("a connection", () => {
  it("is pinged again and again, and stays while its peer answers", async () => {
    const port = await listen({ keepaliveMs: 100, answerMs: 1_000 });
    const session = connectHttp2(`http://127.0.0.1:${port}`);
    onTestFinished(() => session.destroy());
    const closed = once(session, "close").then(() => "cut off");
    // The last of them comes when there is no more time to answer the first.
    for (let pings = 0; pings < 12; pings += 1) {
      const [heard] = await Promise.race([once(session, "ping"), closed]);
      expect(heard).toBeInstanceOf(Buffer);
    }
  });

  it("is cut off when its peer does not answer a ping", async () => {
    const silent = speakHttp2(await listen({ keepaliveMs: 20, answerMs: 20 }));
    const [reset] = await once(silent, "close");
    expect(reset).toBe(false);
  });

  it("that was asked to go for its age lets calls finish that outlast its next ping", async () => {
    const { promise: release, resolve: finish } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const issueCoupon = async (): Promise<{ issueNo: number }> => {
      begin();
      await release;
      return { issueNo: 7 };
    };
    const limits = { maxConnectionAgeMs: KEEPALIVE_MS / 2, maxConnectionGraceMs: 60_000, keepaliveMs: KEEPALIVE_MS };
    const server = await serve([coupons({ issueCoupon })], { limits });
    const call = createClient(CouponService, open(server)).issueCoupon(request);
    await begun;
    await pinged(KEEPALIVE_MS);
    finish();
    expect(await call).toMatchObject({ issueNo: 7 });
  });

  it("is cut off after its grace, and its callers are told that it is lost", async () => {
    const issueCoupon = (): Promise<never> => new Promise(() => undefined);
    // Long enough for the calls to begin: they are refused later, and that proves nothing.
    const limits = { maxConnectionAgeMs: 500, maxConnectionGraceMs: 50 };
    const server = await serve([coupons({ issueCoupon })], { limits });
    const client = createClient(CouponService, open(server));
    const calls = Array.from({ length: 10 }, () => failureOf(client.issueCoupon(request)));
    for (const failure of await Promise.all(calls)) expect(failure).toMatchObject({ code: Code.UNAVAILABLE });
  });
});

/** A server without a method, whose connections live for ever unless told otherwise. @returns its port */
async function listen(limits: Partial<LifeLimits>): Promise<number> {
  const server = new Server();
  const bind = promisify(server.bindAsync.bind(server));
  const port = await bind("127.0.0.1:0", ServerCredentials.createInsecure());
  onTestFinished(() => server.forceShutdown());
  limitConnectionLives(server, {
    ageMs: NEVER_MS,
    graceMs: NEVER_MS,
    keepaliveMs: NEVER_MS,
    answerMs: NEVER_MS,
    ...limits,
  });
  return port;
}

/** Says what every HTTP/2 client begins with, and then nothing any more, whatever it hears. */
function speakHttp2(port: number): Socket {
  const socket = connectTcp({ port, host: "127.0.0.1" }).resume();
  onTestFinished(() => void socket.destroy());
  const emptySettings = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
  socket.write(Buffer.concat([Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), emptySettings]));
  return socket;
}
