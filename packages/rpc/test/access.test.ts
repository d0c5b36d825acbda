import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CouponAdminService, CouponService } from "@firstcome/contracts/coupon";
import { Health, ServingStatus } from "@firstcome/contracts/health";
import { type AuthConfig, ConfigError, createMetrics, silentLogger } from "@firstcome/runtime";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  assertActsFor,
  Code,
  createAuthenticator,
  createClient,
  implement,
  mintToken,
  type Principal,
  type RoleName,
  type RpcServer,
  startServer,
} from "../src/index.ts";
import { couponAdmin, coupons } from "./support/coupons.ts";
import { failureOf, open, serve } from "./support/serve.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const request = { couponId: "1", userId: "mina" };

const handlers = coupons({
  async issueCoupon({ userId }, ctx) {
    assertActsFor(ctx, userId);
    return { issueNo: 1 };
  },
  async issueCoupons(stream) {
    for await (const { batchId } of stream) stream.write({ batchId });
  },
});

const serveWith = (auth: AuthConfig): Promise<RpcServer> => serve([handlers, couponAdmin({})], { auth });
const bySecret: AuthConfig = { kind: "secret", secret: SECRET };

describe("with a shared secret", () => {
  it("lets in a token with a role that the method's rule names", async () => {
    const server = await serveWith(bySecret);
    const token = await mintToken({ secret: SECRET, role: "service", subject: "orders" });
    const client = createClient(CouponService, open(server, { token }));
    expect(await client.issueCoupon(request)).toMatchObject({ issueNo: 1 });
  });

  it("refuses a role that the rule does not name", async () => {
    const server = await serveWith(bySecret);
    const token = await mintToken({ secret: SECRET, role: "user", subject: "mina" });
    const admin = createClient(CouponAdminService, open(server, { token }));
    expect(await failureOf(admin.pauseCoupon({ couponId: "1" }))).toMatchObject({
      code: Code.PERMISSION_DENIED,
      reason: "ROLE_NOT_ALLOWED",
    });
  });

  it("lets a user act for itself only", async () => {
    const server = await serveWith(bySecret);
    const token = await mintToken({ secret: SECRET, role: "user", subject: "mina" });
    const client = createClient(CouponService, open(server, { token }));
    expect(await client.issueCoupon(request)).toMatchObject({ issueNo: 1 });
    expect(await failureOf(client.issueCoupon({ couponId: "1", userId: "jiho" }))).toMatchObject({
      code: Code.PERMISSION_DENIED,
      reason: "NOT_YOUR_USER",
    });
  });

  const eve = { secret: SECRET, role: "admin", subject: "eve" } as const;

  it.each([
    ["no token", async () => undefined, "TOKEN_MISSING"],
    ["what is no bearer token", async () => "Basic bWluYQ==", "TOKEN_INVALID"],
    ["what is no token", async () => "Bearer nonsense", "TOKEN_INVALID"],
    [
      "another secret's token",
      async () => bearer(await mintToken({ ...eve, secret: "x".repeat(32) })),
      "TOKEN_INVALID",
    ],
    ["an expired token", async () => bearer(await mintToken({ ...eve, ttlMs: -60_000 })), "TOKEN_EXPIRED"],
    ["an unknown role", async () => bearer(await mintToken({ ...eve, role: "root" as RoleName })), "TOKEN_INVALID"],
    ["an unsigned token", async () => bearer(unsigned({ sub: "eve", role: "admin", exp: 9e9 })), "TOKEN_INVALID"],
  ])("refuses %s", async (_what, header, reason) => {
    const authorization = await header();
    const client = createClient(CouponService, open(await serveWith(bySecret)));
    const metadata: Record<string, string> = authorization === undefined ? {} : { authorization };
    expect(await failureOf(client.issueCoupon(request, { metadata }))).toMatchObject({
      code: Code.UNAUTHENTICATED,
      reason,
    });
  });

  it("holds issuer and audience to what is configured", async () => {
    const server = await serveWith({ ...bySecret, issuer: "shop", audience: "firstcome" });
    const call = async (claims: { issuer?: string; audience?: string }): Promise<unknown> => {
      const token = await mintToken({ secret: SECRET, role: "service", subject: "orders", ...claims });
      return createClient(CouponService, open(server, { token })).issueCoupon(request);
    };
    expect(await failureOf(call({}))).toMatchObject({ reason: "TOKEN_INVALID" });
    expect(await failureOf(call({ issuer: "shop", audience: "other" }))).toMatchObject({ reason: "TOKEN_INVALID" });
    expect(await call({ issuer: "shop", audience: "firstcome" })).toMatchObject({ issueNo: 1 });
  });

  it("stops accepting a token that it has seen when that expires", async () => {
    let now = 1_000_000_000_000;
    const clock = { now: () => now };
    const server = await serve([handlers], { auth: createAuthenticator(bySecret, clock) });
    const token = await mintToken({ secret: SECRET, role: "service", subject: "orders", ttlMs: 60_000, clock });
    const client = createClient(CouponService, open(server, { token }));
    await client.issueCoupon(request);
    // The clocks of two machines may differ by five seconds.
    now += 64_000;
    await client.issueCoupon(request);
    now += 1_000;
    expect(await failureOf(client.issueCoupon(request))).toMatchObject({ reason: "TOKEN_EXPIRED" });
    expect(await failureOf(client.issueCoupon(request))).toMatchObject({ reason: "TOKEN_EXPIRED" });
  });

  it("asks for a token on streams too", async () => {
    const server = await serveWith(bySecret);
    const stranger = createClient(CouponService, open(server)).issueCoupons();
    expect(await failureOf(stranger[Symbol.asyncIterator]().next())).toMatchObject({ reason: "TOKEN_MISSING" });
    const token = await mintToken({ secret: SECRET, role: "service", subject: "orders" });
    const stream = createClient(CouponService, open(server, { token: async () => token })).issueCoupons();
    stream.write({ batchId: 5, couponId: "1", userIds: ["mina"] });
    stream.end();
    expect((await stream[Symbol.asyncIterator]().next()).value).toMatchObject({ batchId: 5 });
  });

  it("asks for none on health", async () => {
    const health = createClient(Health, open(await serveWith(bySecret)));
    expect(await health.check({})).toMatchObject({ status: ServingStatus.SERVING });
  });
});

describe("with keys behind a URL", () => {
  it("lets in what these keys signed and nothing else", async () => {
    const { publicKey, privateKey } = await generateKeyPair("ES256");
    const other = await generateKeyPair("ES256");
    const jwk = { ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256" };
    const server = await serveWith({ kind: "jwks", url: await serveJson({ keys: [jwk] }) });
    const sign = (key: typeof privateKey): Promise<string> =>
      new SignJWT({ role: "service" })
        .setProtectedHeader({ alg: "ES256", kid: "k1" })
        .setSubject("orders")
        .setExpirationTime("1m")
        .sign(key);
    const call = (token: string): Promise<unknown> =>
      createClient(CouponService, open(server, { token })).issueCoupon(request);

    expect(await call(await sign(privateKey))).toMatchObject({ issueNo: 1 });
    expect(await failureOf(call(await sign(other.privateKey)))).toMatchObject({ reason: "TOKEN_INVALID" });
    expect(await failureOf(call(await mintToken({ secret: SECRET, role: "admin", subject: "eve" })))).toMatchObject({
      reason: "TOKEN_INVALID",
    });
  });

  it.each([
    ["nobody answers", async () => "http://127.0.0.1:1/keys"],
    ["the answer is no list of keys", () => serveJson({ error: "maintenance" })],
    ["the answer is an error", () => serveJson({}, 500)],
  ])("is UNAVAILABLE while %s", async (_why, url) => {
    const server = await serveWith({ kind: "jwks", url: await url() });
    const token = await mintToken({ secret: SECRET, role: "admin", subject: "eve" });
    const unsignedHere = token.replace(/^[^.]+/, Buffer.from('{"alg":"ES256","kid":"k1"}').toString("base64url"));
    const client = createClient(CouponService, open(server, { token: unsignedHere }));
    expect(await failureOf(client.issueCoupon(request))).toMatchObject({
      code: Code.UNAVAILABLE,
      reason: "KEYS_UNAVAILABLE",
    });
  });
});

describe("a call that is given up while its token is verified", () => {
  it("never reaches its handler", async () => {
    let runs = 0;
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    const { promise: verified, resolve: verify } = Promise.withResolvers<Principal>();
    const { promise: counted, resolve: count } = Promise.withResolvers<void>();
    const metrics = createMetrics({ name: "test" });
    const server = await serve(
      [
        coupons({
          async issueCoupons() {
            runs += 1;
          },
        }),
      ],
      {
        metrics,
        auth: {
          required: true,
          authenticate() {
            ask();
            return verified;
          },
        },
      },
    );
    const channel = open(server);
    const stream = createClient(CouponService, channel).issueCoupons();
    await asked;
    stream.cancel();
    await stream.closed;
    // Comes after it on the same connection, and needs no token.
    await createClient(Health, channel).check({});
    verify({ kind: "service", subject: "orders" });
    setImmediate(count);
    await counted;
    expect(runs).toBe(0);
    expect(await metrics.registry.metrics()).toContain(
      `firstcome_rpc_calls_total{method="${CouponService.typeName}/IssueCoupons",code="CANCELLED",service="test"} 1`,
    );
  });
});

describe("with access control off", () => {
  it("lets everybody do everything", async () => {
    const client = createClient(CouponService, open(await serve([handlers])));
    expect(await client.issueCoupon(request)).toMatchObject({ issueNo: 1 });
  });

  it.each(["0.0.0.0", "::", "10.0.0.1", "coupon.internal"])("refuses to listen on %s", async (host) => {
    const started = startServer({ name: "test", host, port: 0, services: [], log: silentLogger });
    const error = await failureOf(started);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).message).toContain("AUTH_JWT_SECRET");
  });

  it.each(["127.0.0.1", "127.8.8.8", "localhost", "::1"])("listens on %s", async (host) => {
    const server = await serve([], { host });
    const health = createClient(Health, open(server));
    expect(await health.check({})).toMatchObject({ status: ServingStatus.SERVING });
  });
});

describe("implement", () => {
  it("refuses a service that does not say who may call it", () => {
    const check = async () => ({});
    async function* watch() {
      yield {};
    }
    expect(() => implement(Health, { check, watch })).toThrow("grpc.health.v1.Health.Check has no option");
  });
});

function bearer(token: string): string {
  return `Bearer ${token}`;
}

function unsigned(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part(claims)}.`;
}

async function serveJson(body: unknown, status = 200): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(status).end(JSON.stringify(body)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
}
