import { join } from "node:path";
import { CouponService } from "@firstcome/contracts/coupon";
import { describe, expect, it } from "vitest";
import { type ChannelOptions, Code, createClient, type RpcServer } from "../src/index.ts";
import { coupons } from "./support/coupons.ts";
import { failureOf, open, serve } from "./support/serve.ts";

const pem = (name: string): string => join(import.meta.dirname, "support/certs", name);
const serverTls = { certFile: pem("server.pem"), keyFile: pem("server.key.pem") };
const trust = { caFile: pem("ca.pem") };
const clientTls = { ...trust, certFile: pem("client.pem"), keyFile: pem("client.key.pem") };

describe("TLS", () => {
  it.each(["127.0.0.1", "localhost"])("carries calls to %s for clients that trust the authority", async (host) => {
    const server = await serve([coupons({ issueCoupon: async () => ({ issueNo: 1 }) })], { host, tls: serverTls });
    expect(await call(server, { tls: trust })).toMatchObject({ issueNo: 1 });
  });

  it("refuses a server whose certificate is for another address", async () => {
    const server = await serve([coupons({})], { host: "127.0.0.2", tls: serverTls });
    expect(await failureOf(call(server, { tls: trust }))).toMatchObject({ code: Code.UNAVAILABLE });
  });

  it("refuses plain text", async () => {
    const server = await serve([coupons({})], { tls: serverTls });
    expect(await failureOf(call(server, {}))).toMatchObject({ code: Code.UNAVAILABLE });
  });
});

describe("mTLS", () => {
  const tls = { ...serverTls, ...trust };

  it("carries calls of clients that show a certificate of the authority", async () => {
    const server = await serve([coupons({ issueCoupon: async () => ({ issueNo: 1 }) })], { tls });
    expect(await call(server, { tls: clientTls })).toMatchObject({ issueNo: 1 });
  });

  it("refuses clients without one", async () => {
    const server = await serve([coupons({})], { tls });
    expect(await failureOf(call(server, { tls: trust }))).toMatchObject({ code: Code.UNAVAILABLE });
  });
});

function call(server: RpcServer, options: ChannelOptions): Promise<unknown> {
  return createClient(CouponService, open(server, options)).issueCoupon({ couponId: "1", userId: "mina" });
}
