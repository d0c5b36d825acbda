import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { onTestFinished } from "vitest";

export interface IssuedClaims {
  sub?: string;
  role?: string;
  iss?: string;
  aud?: string;
  /** Epoch s. */
  exp?: number;
  nbf?: number;
}

/** A pair of keys under a name, as an identity provider has several of while it rotates them. */
export class SigningKey {
  readonly kid: string;
  readonly jwk: JWK;
  readonly #privateKey: CryptoKey;
  readonly #alg: string;

  private constructor(kid: string, alg: string, jwk: JWK, privateKey: CryptoKey) {
    this.kid = kid;
    this.jwk = jwk;
    this.#alg = alg;
    this.#privateKey = privateKey;
  }

  static async create(kid: string, alg = "ES256"): Promise<SigningKey> {
    const { publicKey, privateKey } = await generateKeyPair(alg);
    return new SigningKey(kid, alg, { ...(await exportJWK(publicKey)), kid, alg, use: "sig" }, privateKey);
  }

  /** What a caller sends. Good for an hour unless it says otherwise. */
  async bearer(claims: IssuedClaims = {}): Promise<string> {
    const exp = Math.floor(Date.now() / 1_000) + 3_600;
    const token = new SignJWT({ sub: "orders", role: "service", exp, ...claims });
    return `Bearer ${await token.setProtectedHeader({ alg: this.#alg, kid: this.kid }).sign(this.#privateKey)}`;
  }
}

/** An identity provider's list of public keys, over HTTP. It is gone when the test is. */
export class KeyServer {
  /** What it tells from now on; undefined: nothing but errors. */
  keys: readonly SigningKey[] | undefined;
  /** How often it was asked. */
  asked = 0;
  readonly #server = createServer((_request, response) => {
    this.asked += 1;
    if (!this.keys) response.writeHead(503).end();
    else response.writeHead(200).end(JSON.stringify({ keys: this.keys.map(({ jwk }) => jwk) }));
  });

  static async start(...keys: SigningKey[]): Promise<KeyServer> {
    const started = new KeyServer();
    started.keys = keys;
    await new Promise<void>((resolve) => started.#server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void started.#server.close());
    return started;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/keys`;
  }
}
