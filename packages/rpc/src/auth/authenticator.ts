import { type AuthConfig, type Clock, systemClock } from "@firstcome/runtime";
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify, type JWTVerifyOptions } from "jose";
import { Code } from "../errors/code.ts";
import { RpcError, unauthenticated, unavailable } from "../errors/rpc-error.ts";
import { ANONYMOUS, type Principal, type RoleName } from "./principal.ts";

/** Turns the header `authorization` into a principal. */
export interface Authenticator {
  /** False when access control is off and everybody may do everything. */
  readonly required: boolean;
  /**
   * Answers at once for a token that it has seen before, since most callers send the same one again and again.
   *
   * @throws RpcError UNAUTHENTICATED; UNAVAILABLE when the keys cannot be fetched
   */
  authenticate(authorization: string | undefined): Principal | Promise<Principal>;
}

/** HS256 by a shared secret, or whatever asymmetric algorithm the keys behind a JWKS URL are for. */
export function createAuthenticator(config: AuthConfig, clock: Clock = systemClock): Authenticator {
  if (config.kind === "off") return { required: false, authenticate: () => ANONYMOUS };
  const verify = verifier(config, clock);
  const seen = new Map<string, Verified>();

  const authenticateNew = async (token: string): Promise<Principal> => {
    const verified = toVerified(await verify(token), clock.now());
    if (seen.size >= MOST_SEEN) seen.delete(seen.keys().next().value ?? "");
    seen.set(token, verified);
    return verified.principal;
  };
  const verifyAgain = async (token: string, known: Verified): Promise<Principal> => {
    // Meanwhile the others are answered from what is known.
    known.verifiedAt = clock.now();
    try {
      return await authenticateNew(token);
    } catch (error) {
      // Keys that cannot be fetched lock nobody out who was let in before.
      if (error instanceof RpcError && error.code === Code.UNAVAILABLE) return known.principal;
      seen.delete(token);
      throw error;
    }
  };
  return {
    required: true,
    authenticate(authorization) {
      const token = bearerToken(authorization);
      const known = seen.get(token);
      if (!known) return authenticateNew(token);
      const now = clock.now();
      if (known.expiresAt <= now) {
        seen.delete(token);
        throw unauthenticated("TOKEN_EXPIRED", "the token has expired");
      }
      return known.verifiedAt + SEEN_FOR_MS > now ? known.principal : verifyAgain(token, known);
    },
  };
}

/** Bounds the memory; the oldest is forgotten first, and merely verified again. */
const MOST_SEEN = 10_000;

/** A key that is withdrawn takes its tokens with it: within this, after the keys are fetched anew (ten minutes at most). */
const SEEN_FOR_MS = 60_000;

/** By how much the clocks of two machines may differ, in s. */
const CLOCK_SKEW_S = 5;

const ROLES: ReadonlySet<unknown> = new Set<RoleName>(["user", "service", "worker", "admin"]);

interface Verified {
  readonly principal: Principal;
  /** Epoch ms. */
  readonly expiresAt: number;
  /** Epoch ms. */
  verifiedAt: number;
}

function verifier(config: Exclude<AuthConfig, { kind: "off" }>, clock: Clock): (token: string) => Promise<JWTPayload> {
  const options = (): JWTVerifyOptions => ({
    currentDate: new Date(clock.now()),
    clockTolerance: CLOCK_SKEW_S,
    requiredClaims: ["sub", "exp", "role"],
    ...(config.issuer === undefined ? {} : { issuer: config.issuer }),
    ...(config.audience === undefined ? {} : { audience: config.audience }),
  });
  if (config.kind === "secret") {
    const key = new TextEncoder().encode(config.secret);
    return async (token) =>
      (await jwtVerify(token, key, { ...options(), algorithms: ["HS256"] }).catch(refuse)).payload;
  }
  const keys = createRemoteJWKSet(new URL(config.url));
  return async (token) =>
    (await jwtVerify(token, keys, { ...options(), algorithms: ASYMMETRIC }).catch(refuse)).payload;
}

/** No HS*: with a public key as its secret anybody could sign. */
const ASYMMETRIC = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
];

function bearerToken(authorization: string | undefined): string {
  if (authorization === undefined)
    throw unauthenticated("TOKEN_MISSING", "send the header authorization: Bearer <token>");
  const [, token] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  if (token === undefined) throw unauthenticated("TOKEN_INVALID", "the header authorization must be: Bearer <token>");
  return token;
}

function toVerified(payload: JWTPayload, verifiedAt: number): Verified {
  const { sub, exp, role } = payload;
  if (typeof sub !== "string" || sub === "" || exp === undefined || !ROLES.has(role)) {
    throw unauthenticated("TOKEN_INVALID", "the token needs a subject, an expiry and a role");
  }
  const principal = { kind: role as RoleName, subject: sub };
  return { principal, expiresAt: (exp + CLOCK_SKEW_S) * 1_000, verifiedAt };
}

function refuse(error: unknown): never {
  if (error instanceof errors.JWTExpired) throw unauthenticated("TOKEN_EXPIRED", "the token has expired", error);
  if (error instanceof errors.JOSEError && !KEY_FAULTS.has(error.code)) {
    throw unauthenticated("TOKEN_INVALID", "the token is not valid", error);
  }
  throw unavailable("KEYS_UNAVAILABLE", "the keys that tokens are verified with cannot be fetched", undefined, error);
}

/** What is wrong with the answer of a JWKS URL rather than with the token. */
const KEY_FAULTS: ReadonlySet<string> = new Set([
  errors.JOSEError.code,
  errors.JWKSInvalid.code,
  errors.JWKSTimeout.code,
]);
