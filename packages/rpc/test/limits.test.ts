import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { join } from "node:path";
import { CouponService } from "@firstcome/contracts/coupon";
import { createMetrics } from "@firstcome/runtime";
import { describe, expect, it, onTestFinished } from "vitest";
import { Code, createClient } from "../src/index.ts";
import { coupons } from "./support/coupons.ts";
import { failureOf, open, serve } from "./support/serve.ts";

const pem = (name: string): string => join(import.meta.dirname, "support/certs", name);
const serverTls = { certFile: pem("server.pem"), keyFile: pem("server.key.pem") };
const request = { couponId: "1", userId: "mina" };
const echo = coupons({
  issueCoupon: async () => ({ issueNo: 1 }),
  async issueCoupons(stream) {
    for await (const { batchId } of stream) stream.write({ batchId });
  },
});

describe("a connection", () => {
  it("is asked to go at its age, its calls finish, and clients never notice", async () => {
    const server = await serve([echo], { limits: { maxConnectionAgeMs: 500, maxConnectionGraceMs: 60_000 } });
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

describe("an address", () => {
  it("has no more connections than it may, over plain text and TLS alike, and others in their place when they end", async () => {
    const metrics = createMetrics({ name: "test" });
    const limits = { maxConnectionsPerPeer: 2 };
    for (const tls of [undefined, serverTls]) {
      const server = await serve([echo], { limits, metrics, tls });
      const connect = (): ClientHttp2Session => {
        const secure = { rejectUnauthorized: false };
        const session = tls
          ? connectHttp2(`https://${server.address}`, secure)
          : connectHttp2(`http://${server.address}`);
        onTestFinished(() => session.destroy());
        return session.on("error", () => undefined);
      };
      const [first, second] = [connect(), connect()];
      await Promise.all([heard(first, "remoteSettings"), heard(second, "remoteSettings")]);
      const third = connect();
      await heard(third, "close");
      first.destroy();
      await untilLetIn(connect);
      expect(second.closed).toBe(false);
    }
    const text = await metrics.registry.metrics();
    expect(Number(/^firstcome_rpc_connections_refused_total\{.*\} (\d+)/m.exec(text)?.[1])).toBeGreaterThanOrEqual(2);
  });
});

function heard(session: ClientHttp2Session, event: "remoteSettings" | "close"): Promise<void> {
  return new Promise((resolve) => session.once(event, () => resolve()));
}

/** The server learns of the end of a connection when it does: until then another is refused. */
async function untilLetIn(connect: () => ClientHttp2Session): Promise<void> {
  for (;;) {
    const session = connect();
    const letIn = heard(session, "remoteSettings").then(() => true);
    if (await Promise.race([letIn, heard(session, "close").then(() => false)])) return;
  }
}

describe("a message", () => {
  it("that is too large is refused", async () => {
    const server = await serve([echo], { limits: { maxMessageBytes: 1_024 } });
    const stream = createClient(CouponService, open(server)).issueCoupons();
    stream.write({ batchId: 1, couponId: "1", userIds: Array.from({ length: 100 }, () => "a-rather-long-user-id") });
    expect(await failureOf(stream[Symbol.asyncIterator]().next())).toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
  });
});
