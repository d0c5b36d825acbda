import { exportSPKI, importJWK, SignJWT, UnsecuredJWT } from "jose";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { type Authenticator, Code, createAuthenticator } from "../src/index.ts";
import { KeyServer, SigningKey } from "./support/key-server.ts";

const orders = { kind: "service", subject: "orders" };
const refused = { code: Code.UNAUTHENTICATED, reason: "TOKEN_INVALID" };
const expired = { code: Code.UNAUTHENTICATED, reason: "TOKEN_EXPIRED" };

// The keys are kept by the machine's clock, so it is that which is moved. Timers stay real: the key server is.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
});

function later(seconds: number): void {
  vi.setSystemTime(Date.now() + seconds * 1_000);
}

function authenticatorOf({ url }: KeyServer): Authenticator {
  return createAuthenticator({ kind: "jwks", url, issuer: "shop", audience: "firstcome" });
}

const named = { iss: "shop", aud: "firstcome" };

async function ask(authenticator: Authenticator, bearer: string): Promise<unknown> {
  return await authenticator.authenticate(bearer);
}

describe("keys behind a URL that rotate", () => {
  it("are known from their first token on, without a restart", async () => {
    const [first, second] = [await SigningKey.create("1"), await SigningKey.create("2", "RS256")];
    const server = await KeyServer.start(first);
    const authenticator = authenticatorOf(server);
    expect(await ask(authenticator, await first.bearer(named))).toEqual(orders);

    server.keys = [first, second];
    later(31);
    expect(await ask(authenticator, await second.bearer(named))).toEqual(orders);
    expect(await ask(authenticator, await first.bearer(named))).toEqual(orders);
    expect(server.asked).toBe(2);
  });

  it("are not asked for by every token of an unknown key", async () => {
    const [known, unknown] = [await SigningKey.create("1"), await SigningKey.create("?")];
    const server = await KeyServer.start(known);
    const authenticator = authenticatorOf(server);
    await ask(authenticator, await known.bearer(named));
    for (const sub of ["a", "b", "c", "d"]) {
      await expect(ask(authenticator, await unknown.bearer({ ...named, sub }))).rejects.toMatchObject(refused);
    }
    expect(server.asked).toBe(1);
  });

  it("take their tokens with them when they are withdrawn, also those that were let in before", async () => {
    const [leaked, next] = [await SigningKey.create("1"), await SigningKey.create("2")];
    const server = await KeyServer.start(leaked);
    const authenticator = authenticatorOf(server);
    const bearer = await leaked.bearer(named);
    expect(await ask(authenticator, bearer)).toEqual(orders);

    server.keys = [next];
    later(601);
    await expect(ask(authenticator, bearer)).rejects.toMatchObject(refused);
    await expect(ask(authenticator, bearer)).rejects.toMatchObject(refused);
    expect(await ask(authenticator, await next.bearer(named))).toEqual(orders);
  });

  it("lock nobody out who was let in while they cannot be fetched, and let nobody new in", async () => {
    const key = await SigningKey.create("1");
    const server = await KeyServer.start(key);
    const authenticator = authenticatorOf(server);
    const bearer = await key.bearer(named);
    await ask(authenticator, bearer);

    server.keys = undefined;
    later(601);
    expect(await ask(authenticator, bearer)).toEqual(orders);
    await expect(ask(authenticator, await key.bearer({ ...named, sub: "new" }))).rejects.toMatchObject({
      code: Code.UNAVAILABLE,
      reason: "KEYS_UNAVAILABLE",
    });
    later(3_600);
    await expect(ask(authenticator, bearer)).rejects.toMatchObject(expired);
  });
});

describe("a token by keys behind a URL", () => {
  it.each([
    ["of another issuer", { ...named, iss: "elsewhere" }],
    ["without an issuer", { aud: "firstcome" }],
    ["for another audience", { ...named, aud: "elsewhere" }],
    ["without an audience", { iss: "shop" }],
    ["of an unknown role", { ...named, role: "root" }],
    ["without a subject", { ...named, sub: "" }],
  ])("%s is refused", async (_what, claims) => {
    const key = await SigningKey.create("1");
    const authenticator = authenticatorOf(await KeyServer.start(key));
    await expect(ask(authenticator, await key.bearer(claims))).rejects.toMatchObject(refused);
  });

  it("may be as much too old or too young as two clocks differ, and no more", async () => {
    const key = await SigningKey.create("1");
    const authenticator = authenticatorOf(await KeyServer.start(key));
    const now = Math.floor(Date.now() / 1_000);
    expect(await ask(authenticator, await key.bearer({ ...named, exp: now - 3 }))).toEqual(orders);
    expect(await ask(authenticator, await key.bearer({ ...named, nbf: now + 3 }))).toEqual(orders);
    await expect(ask(authenticator, await key.bearer({ ...named, exp: now - 10 }))).rejects.toMatchObject(expired);
    await expect(ask(authenticator, await key.bearer({ ...named, nbf: now + 10 }))).rejects.toMatchObject(refused);
  });

  it("is refused when it was signed with the public key as if that were a secret, or not at all", async () => {
    const key = await SigningKey.create("1", "RS256");
    const authenticator = authenticatorOf(await KeyServer.start(key));
    await ask(authenticator, await key.bearer(named));
    const publicKey = await importJWK(key.jwk, "RS256", { extractable: true });
    if (!(publicKey instanceof CryptoKey)) throw new TypeError("expected a public key");
    const secrets = [await exportSPKI(publicKey), JSON.stringify(key.jwk), String(key.jwk.n)];
    for (const alg of ["HS256", "HS384", "HS512"]) {
      for (const secret of secrets) {
        const forged = await new SignJWT({ ...named, sub: "eve", role: "admin" })
          .setProtectedHeader({ alg, kid: key.kid })
          .setExpirationTime("1h")
          .sign(new TextEncoder().encode(secret));
        await expect(ask(authenticator, `Bearer ${forged}`)).rejects.toMatchObject(refused);
      }
    }
    const unsigned = new UnsecuredJWT({ ...named, sub: "eve", role: "admin" }).setExpirationTime("1h").encode();
    await expect(ask(authenticator, `Bearer ${unsigned}`)).rejects.toMatchObject(refused);
  });
});
