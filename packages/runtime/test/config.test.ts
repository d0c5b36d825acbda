import { availableParallelism } from "node:os";
import { describe, expect, it } from "vitest";
import {
  addressList,
  businessTimeEnv,
  clientEnv,
  ConfigError,
  DEFAULT_LIMITS,
  durationMs,
  flag,
  logEnv,
  nameOfProcess,
  port,
  readConfig,
  serverEnv,
  toClientConfig,
  toServerConfig,
  wholeNumber,
  workersEnv,
  z,
} from "../src/index.ts";

describe("readConfig", () => {
  const schema = z
    .object({
      ...logEnv,
      ...businessTimeEnv,
      MYSQL_URL: z.url("must be a URL"),
      PORT: port.default(50_051),
      VERBOSE: flag.default(false),
    })
    .transform((env) => ({ mysqlUrl: env.MYSQL_URL, port: env.PORT, level: env.LOG_LEVEL, verbose: env.VERBOSE }));

  it("turns variables into a typed value, with defaults", () => {
    expect(readConfig(schema, { MYSQL_URL: "mysql://root@localhost/fc", VERBOSE: "1", OTHER: "ignored" })).toEqual({
      mysqlUrl: "mysql://root@localhost/fc",
      port: 50_051,
      level: "info",
      verbose: true,
    });
  });

  it("counts an empty variable as unset", () => {
    const env = { MYSQL_URL: "mysql://root@localhost/fc", PORT: "", LOG_LEVEL: "" };
    expect(readConfig(schema, env)).toMatchObject({ port: 50_051, level: "info" });
  });

  it("names every problem at once and repeats no value", () => {
    const env = {
      PORT: "99999",
      LOG_LEVEL: "loud",
      VERBOSE: "perhaps",
      BUSINESS_TIME_ZONE: "Mars/Base",
      MYSQL_URL: "hunter2",
    };
    const error = problemsOf(() => readConfig(schema, env));
    expect(error.problems.toSorted()).toEqual([
      "BUSINESS_TIME_ZONE: must be an IANA time zone such as Asia/Seoul",
      "LOG_LEVEL: must be trace, debug, info, warn, error, fatal or silent",
      "MYSQL_URL: must be a URL",
      "PORT: must be 0–65535",
      "VERBOSE: must be true or false",
    ]);
    for (const value of Object.values(env)) expect(error.message).not.toContain(value);
  });

  it("says which variables are missing", () => {
    const required = z.object({
      MYSQL_URL: z.url("must be a URL"),
      COUNT: wholeNumber(),
      WAIT: durationMs,
      AT: addressList,
      NAME: z.string(),
    });
    expect(problemsOf(() => readConfig(required, {})).problems).toEqual([
      "MYSQL_URL: is required",
      "COUNT: is required",
      "WAIT: is required",
      "AT: is required",
      "NAME: is required",
    ]);
  });
});

describe("fields", () => {
  const read = (field: z.ZodType, value: string): unknown => readConfig(z.object({ X: field }), { X: value })["X"];

  it.each([
    [port, "0", 0],
    [port, "65535", 65_535],
    [wholeNumber({ min: 1, max: 5 }), "5", 5],
    [durationMs, "250", 250],
    [flag, "false", false],
    [addressList, "a:1, 10.0.0.1:2,[::1]:3,", ["a:1", "10.0.0.1:2", "[::1]:3"]],
  ])("take what they are for", (field, value, wanted) => {
    expect(read(field, value)).toEqual(wanted);
  });

  it.each([
    [port, "65536"],
    [port, "1.5"],
    [port, "http"],
    [wholeNumber({ min: 1, max: 5 }), "6"],
    [wholeNumber(), "1e400"],
    [durationMs, "-1"],
    [flag, "yes please"],
    [addressList, ","],
    [addressList, "localhost"],
  ])("refuse what they are not for", (field, value) => {
    expect(() => read(field, value)).toThrow(ConfigError);
  });
});

describe("workersEnv", () => {
  const read = (WORKERS: string): unknown => readConfig(z.object(workersEnv), { WORKERS }).WORKERS;

  it("takes a number of processes, or auto for one on each core", () => {
    expect([read(""), read("3"), read("auto")]).toEqual([1, 3, availableParallelism()]);
  });

  it.each(["0", "257", "1.5", "all"])("refuses %s", (value) => {
    expect(() => read(value)).toThrow("WORKERS: must be auto or a whole number from 1 to 256");
  });
});

describe("nameOfProcess", () => {
  it("adds the number of the process to what names the service, within 64 characters", () => {
    expect(nameOfProcess("seoul", undefined)).toBe("seoul");
    expect(nameOfProcess("seoul", 2)).toBe("seoul-2");
    expect(nameOfProcess("x".repeat(64), 256)).toBe(`${"x".repeat(60)}-256`);
  });
});

describe("serverEnv", () => {
  const read = (env: Record<string, string>) => readConfig(z.object(serverEnv).transform(toServerConfig), env);

  it("defaults to loopback, plain text and no access control", () => {
    expect(read({})).toEqual({
      host: "127.0.0.1",
      port: 0,
      metricsPort: undefined,
      workers: 1,
      tls: undefined,
      auth: { kind: "off" },
      limits: DEFAULT_LIMITS,
      stopTimeoutMs: 30_000,
    });
  });

  it("reads access control, TLS and limits", () => {
    const secret = "0123456789abcdef0123456789abcdef";
    const env = {
      TLS_CERT_FILE: "c.pem",
      TLS_KEY_FILE: "k.pem",
      AUTH_JWT_SECRET: secret,
      RPC_MAX_CONNECTION_AGE_MS: "5000",
    };
    expect(read(env)).toMatchObject({
      tls: { certFile: "c.pem", keyFile: "k.pem", caFile: undefined },
      auth: { kind: "secret", secret },
      limits: { maxConnectionAgeMs: 5_000 },
    });
    expect(read({ ...env, AUTH_JWKS_URL: "https://id.shop/keys" }).auth).toMatchObject({
      kind: "jwks",
      url: "https://id.shop/keys",
    });
  });

  it.each([
    [{ TLS_CERT_FILE: "c.pem" }, "TLS_KEY_FILE: is required with TLS_CERT_FILE"],
    [{ TLS_KEY_FILE: "k.pem" }, "TLS_CERT_FILE: is required with TLS_KEY_FILE"],
    [{ AUTH_JWT_SECRET: "short" }, "AUTH_JWT_SECRET: must be at least 32 characters"],
    [{ AUTH_JWKS_URL: "ftp://keys" }, "AUTH_JWKS_URL: must be an http or https URL"],
    [{ RPC_MAX_CONNECTION_AGE_MS: "0" }, "RPC_MAX_CONNECTION_AGE_MS: must be a whole number from 1000 to 2147483647"],
    [{ RPC_KEEPALIVE_MS: "999" }, "RPC_KEEPALIVE_MS: must be a whole number from 1000 to 2147483647"],
  ])("refuses %o", (env, problem) => {
    expect(problemsOf(() => read(env)).problems).toEqual([problem]);
  });
});

describe("clientEnv", () => {
  const read = (env: Record<string, string>) => readConfig(z.object(clientEnv).transform(toClientConfig), env);

  it("prefers a ready token to a secret to nothing", () => {
    const secret = "0123456789abcdef0123456789abcdef";
    expect(read({}).credential).toEqual({ kind: "none" });
    expect(read({ AUTH_JWT_SECRET: secret }).credential).toEqual({ kind: "secret", secret });
    expect(read({ AUTH_JWT_SECRET: secret, AUTH_ISSUER: "shop", AUTH_AUDIENCE: "fc" }).credential).toEqual({
      kind: "secret",
      secret,
      issuer: "shop",
      audience: "fc",
    });
    expect(read({ AUTH_JWT_SECRET: secret, AUTH_TOKEN: "abc" }).credential).toEqual({ kind: "token", token: "abc" });
  });

  it("refuses to go without a token where servers look keys up: the secret opens none of them", () => {
    const env = { AUTH_JWT_SECRET: "0123456789abcdef0123456789abcdef", AUTH_JWKS_URL: "https://id.shop/keys" };
    expect(problemsOf(() => read(env)).problems).toEqual([
      expect.stringMatching(/^AUTH_TOKEN: is required with AUTH_JWKS_URL/),
    ]);
    expect(read({ ...env, AUTH_TOKEN: "abc" }).credential).toEqual({ kind: "token", token: "abc" });
  });

  it("takes a token as a file ends it, and none that no header may hold", () => {
    expect(read({ AUTH_TOKEN: "abc\n" }).credential).toEqual({ kind: "token", token: "abc" });
    expect(problemsOf(() => read({ AUTH_TOKEN: "abc\ndef" })).problems).toEqual([
      "AUTH_TOKEN: must be printable characters without spaces",
    ]);
  });

  it("turns TLS on by the authority to trust", () => {
    expect(read({}).tls).toBeUndefined();
    expect(read({ TLS_CA_FILE: "ca.pem" }).tls).toEqual({ caFile: "ca.pem", certFile: undefined, keyFile: undefined });
    expect(problemsOf(() => read({ TLS_CA_FILE: "ca.pem", TLS_KEY_FILE: "k.pem" })).problems).toEqual([
      "TLS_CERT_FILE and TLS_KEY_FILE: set both or neither",
    ]);
  });
});

function problemsOf(read: () => unknown): ConfigError {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error("expected a ConfigError");
}
