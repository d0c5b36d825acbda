import { SignJWT } from "jose";
import { Code, mintToken } from "@firstcome/rpc";
import { type ServiceName, startService } from "@firstcome/stack";
import { eventually, privateServers } from "@firstcome/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { methodsOf, SERVED, type ServingProcess } from "./bad-input/every-method.ts";
import { sendBadCalls } from "./bad-input/send-bad-calls.ts";
import { expectWholeWay } from "./harness/buy-and-sell.ts";
import { makeAccounts } from "./harness/least-privilege.ts";
import { startWholeShop, type WholeShop } from "./harness/whole-shop.ts";

// Services that are told secrets in every way there is, talk as much as they can, and have everything go wrong.

const JWT_SECRET = "jwt-secret-that-nobody-may-ever-read";
const READY_TOKEN = "ready-token-that-nobody-may-ever-read";
const PASSWORD = /password-of-\w+/;

function leaks(lines: readonly string[], alsoSecret: readonly string[] = []): string[] {
  const secrets = [JWT_SECRET, READY_TOKEN, ...alsoSecret];
  return lines.filter((line) => PASSWORD.test(line) || secrets.some((secret) => line.includes(secret)));
}

describe("no secret is in the log", () => {
  let whole: WholeShop;
  let tokens: string[];
  let stopRedis: () => Promise<void>;
  let stopMysql: () => Promise<void>;

  beforeAll(async () => {
    const { redis, mysql } = await privateServers("redis", "mysql");
    const stores = { redisUrl: redis.url, mysqlUrl: mysql.url };
    const accounts = await makeAccounts(stores);
    const env = { AUTH_JWT_SECRET: JWT_SECRET, LOG_LEVEL: "trace" };
    whole = await startWholeShop({ stores, env, envOf: (name) => accounts.envOf(name) });
    stopRedis = () => redis.kill();
    stopMysql = () => mysql.kill();
    const admin = await mintToken({ secret: JWT_SECRET, role: "admin", subject: "mina" });
    const service = await mintToken({ secret: JWT_SECRET, role: "service", subject: "checkout" });
    const forged = await new SignJWT({ role: "admin" })
      .setProtectedHeader({ alg: "HS256" })
      .setSubject("eve")
      .setExpirationTime("1h")
      .sign(new TextEncoder().encode("another secret of at least 32 characters"));
    tokens = [admin, service, forged];
  });

  it("of services that work, are asked nonsense, and see wrong tokens", async () => {
    const [admin = "", service = "", forged = ""] = tokens;
    await expectWholeWay(
      { admin: whole.clientWith({ token: admin }), service: whole.clientWith({ token: service }) },
      "kim",
    );
    const refused = whole.clientWith({ token: forged }).couponAdmin.getCoupon({ couponId: "1" });
    await expect(refused).rejects.toMatchObject({ code: Code.UNAUTHENTICATED });
    for (const [name, services] of Object.entries(SERVED) as [ServingProcess, typeof SERVED.coupon][]) {
      for (const method of methodsOf(services)) {
        await sendBadCalls(whole.processes[name].address, method, { seed: 1, inputs: 5 });
      }
    }
    // Or the rest would be a test of silence.
    expect(whole.lines.some((line) => line.includes('"level":"debug"'))).toBe(true);
    expect(leaks(whole.lines, tokens).slice(0, 3)).toEqual([]);
  });

  it("of services that lose Redis and MySQL", async () => {
    const [admin = ""] = tokens;
    const client = whole.clientWith({ token: admin });
    const before = whole.lines.length;
    await Promise.all([stopRedis(), stopMysql()]);
    const unavailable = { code: Code.UNAVAILABLE };
    await expect(client.couponAdmin.getCoupon({ couponId: "1" })).rejects.toMatchObject(unavailable);
    await expect(client.products.getProduct({ productId: "1" })).rejects.toMatchObject(unavailable);
    await expect(client.dispatchAdmin.pauseDispatch({})).rejects.toMatchObject(unavailable);
    await eventually(() => whole.lines.length > before);
    expect(leaks(whole.lines, tokens).slice(0, 3)).toEqual([]);
  });
});

describe("no secret is in what a service says that cannot start", () => {
  const secrets = { AUTH_JWT_SECRET: JWT_SECRET, AUTH_TOKEN: READY_TOKEN, LOG_LEVEL: "trace", PORT: "0" };
  const peers = {
    COUPON_ADDRESS: "127.0.0.1:1",
    RANKING_ADDRESS: "127.0.0.1:1",
    ORDER_ADDRESS: "127.0.0.1:1",
    DISPATCHER_ADDRESSES: "127.0.0.1:1",
  };
  const NAMES: readonly ServiceName[] = ["coupon", "dispatcher", "issuer", "order", "ranking"];

  async function whyNot(name: ServiceName, env: Record<string, string>): Promise<string> {
    const lines: string[] = [];
    const start = startService({ name, env: { ...secrets, ...peers, ...env }, log: (line) => void lines.push(line) });
    const error = await start.then(
      (service) => service.kill(),
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(Error);
    return lines.join("\n");
  }

  it("with URLs that are none, and other nonsense", async () => {
    const said = await Promise.all([
      ...NAMES.map((name) =>
        whyNot(name, {
          REDIS_URL: "http://user:password-of-nobody@:::",
          MYSQL_URL: "postgres://user:password-of-nobody@[",
          HOST: "0.0.0.0 password-of-nobody",
          AUTH_JWT_SECRET: "password-of-x",
        }),
      ),
      ...NAMES.map((name) =>
        whyNot(name, { REDIS_URL: "user:password-of-nobody@host", MYSQL_URL: "password-of-nobody" }),
      ),
    ]);
    expect(said.filter((all) => !/the configuration is wrong|could not start/.test(all))).toEqual([]);
    expect(leaks(said)).toEqual([]);
  });

  it("with passwords that are wrong", async () => {
    const { redis, mysql } = await privateServers("redis", "mysql");
    const env = {
      REDIS_URL: redis.url.replace("//", "//nobody:password-of-nobody@"),
      MYSQL_URL: mysql.url.replace(/\/\/.*@/, "//nobody:password-of-nobody@"),
    };
    const said = await Promise.all(NAMES.map((name) => whyNot(name, env)));
    expect(said.filter((all) => !/WRONGPASS|denied/.test(all))).toEqual([]);
    expect(leaks(said)).toEqual([]);
  });
});
