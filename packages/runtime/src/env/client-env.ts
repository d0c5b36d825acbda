import { z } from "zod";
import { ConfigError } from "../config.ts";
import { serverEnv } from "./server-env.ts";

/** The variables of every process that calls Firstcome's services. The names are shared with `serverEnv` on purpose. */
export const clientEnv = {
  /** The authority whose servers are trusted. Unset: plain text. */
  TLS_CA_FILE: z.string().optional(),
  /** Shown to servers that ask for a certificate (mTLS). */
  TLS_CERT_FILE: z.string().optional(),
  TLS_KEY_FILE: z.string().optional(),
  /** A ready token; comes before AUTH_JWT_SECRET. */
  AUTH_TOKEN: z
    .string()
    .trim()
    .regex(/^[\x21-\x7e]+$/, "must be printable characters without spaces")
    .optional(),
  /** Servers that are told of it take no token but one whose key is there, so not what AUTH_JWT_SECRET signs. */
  AUTH_JWKS_URL: serverEnv.AUTH_JWKS_URL,
  /** Signs short-lived tokens of its own. */
  AUTH_JWT_SECRET: z.string().min(32, "must be at least 32 characters").optional(),
  /** What servers that check these expect of the tokens. */
  AUTH_ISSUER: z.string().optional(),
  AUTH_AUDIENCE: z.string().optional(),
};

export interface ClientConfig {
  tls: ClientTlsFiles | undefined;
  credential: CredentialConfig;
}

/** Names of PEM files. */
interface ClientTlsFiles {
  caFile: string;
  certFile?: string | undefined;
  keyFile?: string | undefined;
}

/** How a caller shows who it is. */
export type CredentialConfig =
  | { kind: "none" }
  | { kind: "token"; token: string }
  | { kind: "secret"; secret: string; issuer?: string | undefined; audience?: string | undefined };

type ClientEnv = z.output<z.ZodObject<typeof clientEnv>>;

export function toClientConfig(env: ClientEnv): ClientConfig {
  return { tls: toTls(env), credential: toCredential(env) };
}

function toTls(env: ClientEnv): ClientTlsFiles | undefined {
  const { TLS_CA_FILE: caFile, TLS_CERT_FILE: certFile, TLS_KEY_FILE: keyFile } = env;
  if (caFile === undefined) return undefined;
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new ConfigError(["TLS_CERT_FILE and TLS_KEY_FILE: set both or neither"]);
  }
  return { caFile, certFile, keyFile };
}

function toCredential(env: ClientEnv): CredentialConfig {
  if (env.AUTH_TOKEN !== undefined) return { kind: "token", token: env.AUTH_TOKEN };
  // One configuration is given to all processes of an installation. Without this, each would be refused by all others, call by call.
  if (env.AUTH_JWKS_URL !== undefined) {
    throw new ConfigError([
      "AUTH_TOKEN: is required with AUTH_JWKS_URL: nothing else is let in where keys are looked up",
    ]);
  }
  const claims = { issuer: env.AUTH_ISSUER, audience: env.AUTH_AUDIENCE };
  if (env.AUTH_JWT_SECRET !== undefined) return { kind: "secret", secret: env.AUTH_JWT_SECRET, ...claims };
  return { kind: "none" };
}
