import { type Clock, type CredentialConfig, systemClock } from "@firstcome/runtime";
import { SignJWT } from "jose";
import type { RoleName } from "./principal.ts";

/** What a client sends as bearer token; asked before every call. */
export type TokenSource = () => string | Promise<string>;

export interface TokenClaims {
  role: RoleName;
  /** The user id for role user, else the name of the process. */
  subject: string;
  issuer?: string | undefined;
  audience?: string | undefined;
}

/** Signs one HS256 token, good for `ttlMs`. */
export async function mintToken(
  spec: TokenClaims & { secret: string; ttlMs?: number; clock?: Clock },
): Promise<string> {
  const { secret, role, subject, issuer, audience, ttlMs = 10 * 60_000, clock = systemClock } = spec;
  const now = Math.floor(clock.now() / 1_000);
  const token = new SignJWT({ role })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setSubject(subject)
    .setIssuedAt(now)
    .setExpirationTime(now + Math.ceil(ttlMs / 1_000));
  if (issuer !== undefined) token.setIssuer(issuer);
  if (audience !== undefined) token.setAudience(audience);
  return token.sign(new TextEncoder().encode(secret));
}

/**
 * The token of a process, from its configuration: a ready one, one that it signs for itself and renews in time, or none.
 */
export function createTokenSource(
  config: CredentialConfig,
  claims: Pick<TokenClaims, "role" | "subject">,
  clock: Clock = systemClock,
): TokenSource | undefined {
  if (config.kind === "none") return undefined;
  if (config.kind === "token") return () => config.token;
  const ttlMs = 10 * 60_000;
  let current: { token: string; renewAt: number } | undefined;
  let minting: Promise<string> | undefined;

  const mint = async (): Promise<string> => {
    try {
      const renewAt = clock.now() + ttlMs / 2;
      const { secret, issuer, audience } = config;
      const token = await mintToken({ ...claims, secret, issuer, audience, ttlMs, clock });
      current = { token, renewAt };
      return token;
    } finally {
      minting = undefined;
    }
  };
  return () => {
    if (current && clock.now() < current.renewAt) return current.token;
    return (minting ??= mint());
  };
}
