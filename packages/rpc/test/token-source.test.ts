import { inspect } from "node:util";
import { CouponService } from "@firstcome/contracts/coupon";
import type { AuthConfig } from "@firstcome/runtime";
import { describe, expect, it } from "vitest";
import { Code, createAuthenticator, createClient, createTokenSource } from "../src/index.ts";
import { coupons } from "./support/coupons.ts";
import { failureOf, open, serve } from "./support/serve.ts";

const SECRET = "0123456789abcdef0123456789abcdef";
const bySecret: AuthConfig = { kind: "secret", secret: SECRET };

describe("a token source", () => {
  it("signs its own tokens and renews them before they expire", async () => {
    let now = 1_000_000_000_000;
    const clock = { now: () => now };
    const source = createTokenSource(
      { kind: "secret", secret: SECRET },
      { role: "worker", subject: "issuer-1" },
      clock,
    );
    const authenticator = createAuthenticator(bySecret, clock);
    const first = await source?.();
    expect(await authenticator.authenticate(`Bearer ${first}`)).toEqual({ kind: "worker", subject: "issuer-1" });
    now += 4 * 60_000;
    expect(source?.()).toBe(first);
    now += 60_000;
    expect(await source?.()).not.toBe(first);
  });

  it("names the issuer and the audience that servers expect", async () => {
    const expected = { issuer: "https://shop.example", audience: "firstcome" };
    const claims = { role: "worker", subject: "issuer-1" } as const;
    const authenticator = createAuthenticator({ ...bySecret, ...expected });

    const token = await createTokenSource({ kind: "secret", secret: SECRET, ...expected }, claims)?.();
    expect(await authenticator.authenticate(`Bearer ${token}`)).toEqual({ kind: "worker", subject: "issuer-1" });

    const other = await createTokenSource({ kind: "secret", secret: SECRET }, claims)?.();
    await expect(authenticator.authenticate(`Bearer ${other}`)).rejects.toMatchObject({ code: Code.UNAUTHENTICATED });
  });

  it("hands out a ready token, or none", () => {
    const claims = { role: "worker", subject: "issuer-1" } as const;
    expect(createTokenSource({ kind: "token", token: "abc" }, claims)?.()).toBe("abc");
    expect(createTokenSource({ kind: "none" }, claims)).toBeUndefined();
  });

  it.each([
    ["says so", () => Promise.reject(new Error("vault sealed"))],
    [
      "throws",
      () => {
        throw new Error("vault sealed");
      },
    ],
  ] as [string, () => Promise<string>][])(
    "that has no token and %s ends the call with UNAUTHENTICATED",
    async (_, token) => {
      const server = await serve([coupons({})], { auth: bySecret });
      const client = createClient(CouponService, open(server, { token }));
      const error = await failureOf(client.issueCoupon({ couponId: "1", userId: "mina" }));
      expect(error).toMatchObject({ code: Code.UNAUTHENTICATED, reason: "NO_TOKEN" });
      expect((error as Error).message).toContain("vault sealed");
    },
  );

  it.each([
    ["at once", () => "t0ps3cret\n"],
    ["late", async () => "t0ps3cret\n"],
  ])("that gives %s what no header may hold fails the call, and does not tell it", async (_, token) => {
    const server = await serve([coupons({})], { auth: bySecret });
    const client = createClient(CouponService, open(server, { token }));
    const error = await failureOf(client.issueCoupon({ couponId: "1", userId: "mina" }));
    expect(error).toMatchObject({ code: Code.UNAUTHENTICATED, reason: "NO_TOKEN" });
    expect(inspect(error, { depth: 10 })).not.toContain("t0ps3cret");
  });

  it("that is never done does not keep a call that is given up", async () => {
    const server = await serve([coupons({})], { auth: bySecret });
    const client = createClient(CouponService, open(server, { token: () => new Promise(() => undefined) }));
    const givenUp = new AbortController();
    const stream = client.issueCoupons();
    const unary = failureOf(client.issueCoupon({ couponId: "1", userId: "mina" }, { signal: givenUp.signal }));
    stream.cancel();
    givenUp.abort();
    await stream.closed;
    expect(await unary).toMatchObject({ code: Code.CANCELLED });
    const late = await failureOf(client.issueCoupon({ couponId: "1", userId: "mina" }, { timeoutMs: 100 }));
    expect(late).toMatchObject({ code: Code.DEADLINE_EXCEEDED });
  });
});
