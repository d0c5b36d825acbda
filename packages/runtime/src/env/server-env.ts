import { z } from "zod";
import { ConfigError } from "../config.ts";
import { durationMs, port, wholeNumber } from "./fields.ts";
import { workersEnv } from "./workers-env.ts";

export const DEFAULT_LIMITS: RpcLimits = {
  maxMessageBytes: 4 * 1024 * 1024,
  maxStreamsPerConnection: 4096,
  maxConnectionsPerPeer: 10_000,
  maxConnectionAgeMs: 30 * 60_000,
  maxConnectionGraceMs: 10 * 60_000,
  keepaliveMs: 60_000,
  maxCalls: 4_096,
};

/** With 0, which elsewhere means never, every connection would go as it comes, or be pinged without end. */
const atLeastASecond = wholeNumber({ min: 1_000, max: 2 ** 31 - 1 });

/**
 * The variables of every process that serves gRPC. Spread it into a service's schema and give PORT its default:
 * `z.object({ ...serverEnv, PORT: port.default(50051), … })`; {@link toServerConfig} turns the result into what
 * `startServer` takes.
 */
export const serverEnv = {
  ...workersEnv,
  HOST: z.string().default("127.0.0.1"),
  PORT: port.default(0),
  /** Unset: no metrics server. 0: any free port. */
  METRICS_PORT: port.optional(),
  TLS_CERT_FILE: z.string().optional(),
  TLS_KEY_FILE: z.string().optional(),
  /** With it, clients must show a certificate signed by this authority (mTLS). */
  TLS_CA_FILE: z.string().optional(),
  AUTH_JWT_SECRET: z.string().min(32, "must be at least 32 characters").optional(),
  AUTH_JWKS_URL: z.url({ protocol: /^https?$/, error: "must be an http or https URL" }).optional(),
  AUTH_ISSUER: z.string().optional(),
  AUTH_AUDIENCE: z.string().optional(),
  RPC_MAX_MESSAGE_BYTES: wholeNumber({ min: 1024, max: 256 * 1024 * 1024 }).default(DEFAULT_LIMITS.maxMessageBytes),
  RPC_MAX_STREAMS_PER_CONNECTION: wholeNumber({ min: 1, max: 1_000_000 }).default(
    DEFAULT_LIMITS.maxStreamsPerConnection,
  ),
  RPC_MAX_CONNECTIONS_PER_PEER: wholeNumber({ max: 1_000_000 }).default(DEFAULT_LIMITS.maxConnectionsPerPeer),
  RPC_MAX_CONNECTION_AGE_MS: atLeastASecond.default(DEFAULT_LIMITS.maxConnectionAgeMs),
  RPC_MAX_CONNECTION_GRACE_MS: durationMs.default(DEFAULT_LIMITS.maxConnectionGraceMs),
  RPC_KEEPALIVE_MS: atLeastASecond.default(DEFAULT_LIMITS.keepaliveMs),
  RPC_MAX_CALLS: wholeNumber({ min: 1, max: 1_000_000 }).default(DEFAULT_LIMITS.maxCalls),
  STOP_TIMEOUT_MS: wholeNumber({ max: 24 * 3_600_000 }).default(30_000),
};

export interface ServerConfig {
  host: string;
  port: number;
  metricsPort: number | undefined;
  /** Processes that share the port. */
  workers: number;
  tls: TlsFiles | undefined;
  auth: AuthConfig;
  limits: RpcLimits;
  /** How long a stop may take before the process ends all the same. */
  stopTimeoutMs: number;
}

/** Names of PEM files. */
export interface TlsFiles {
  certFile: string;
  keyFile: string;
  /** Clients must show a certificate signed by it. */
  caFile?: string | undefined;
}

/** How a server tells who calls. */
export type AuthConfig =
  | { kind: "off" }
  | { kind: "secret"; secret: string; issuer?: string | undefined; audience?: string | undefined }
  | { kind: "jwks"; url: string; issuer?: string | undefined; audience?: string | undefined };

export interface RpcLimits {
  /** Largest message, received or sent. */
  maxMessageBytes: number;
  /** Calls at once on one connection; more wait in the client. */
  maxStreamsPerConnection: number;
  /** Connections at once from one address; more are closed. 0: as many as it likes. */
  maxConnectionsPerPeer: number;
  /** After this, ±10 %, a connection is asked to go, so that new servers get their share. */
  maxConnectionAgeMs: number;
  /** How long the calls of a connection asked to go may still run; streams must end themselves within it. */
  maxConnectionGraceMs: number;
  /** A silent connection is pinged this often, and dropped when it does not answer. */
  keepaliveMs: number;
  /** Unary calls that are worked on at once, over all connections; more are shed. */
  maxCalls: number;
}

type ServerEnv = z.output<z.ZodObject<typeof serverEnv>>;

export function toServerConfig(env: ServerEnv): ServerConfig {
  return {
    host: env.HOST,
    port: env.PORT,
    metricsPort: env.METRICS_PORT,
    workers: env.WORKERS,
    tls: toTls(env),
    auth: toAuth(env),
    limits: {
      maxMessageBytes: env.RPC_MAX_MESSAGE_BYTES,
      maxStreamsPerConnection: env.RPC_MAX_STREAMS_PER_CONNECTION,
      maxConnectionsPerPeer: env.RPC_MAX_CONNECTIONS_PER_PEER,
      maxConnectionAgeMs: env.RPC_MAX_CONNECTION_AGE_MS,
      maxConnectionGraceMs: env.RPC_MAX_CONNECTION_GRACE_MS,
      keepaliveMs: env.RPC_KEEPALIVE_MS,
      maxCalls: env.RPC_MAX_CALLS,
    },
    stopTimeoutMs: env.STOP_TIMEOUT_MS,
  };
}

function toTls(env: ServerEnv): TlsFiles | undefined {
  const { TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile, TLS_CA_FILE: caFile } = env;
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile, caFile };
  if (certFile !== undefined) throw new ConfigError(["TLS_KEY_FILE: is required with TLS_CERT_FILE"]);
  if (keyFile !== undefined) throw new ConfigError(["TLS_CERT_FILE: is required with TLS_KEY_FILE"]);
  return undefined;
}

function toAuth(env: ServerEnv): AuthConfig {
  const claims = { issuer: env.AUTH_ISSUER, audience: env.AUTH_AUDIENCE };
  // Both may be set. Then the secret opens nothing here: whoever knows it could sign for anybody.
  if (env.AUTH_JWKS_URL !== undefined) return { kind: "jwks", url: env.AUTH_JWKS_URL, ...claims };
  if (env.AUTH_JWT_SECRET !== undefined) return { kind: "secret", secret: env.AUTH_JWT_SECRET, ...claims };
  return { kind: "off" };
}
