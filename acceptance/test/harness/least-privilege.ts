import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { repositoryRoot, type ServiceName } from "@firstcome/stack";
import { Redis } from "ioredis";
import { createConnection } from "mysql2/promise";

/** The accounts that `deploy/` makes, on servers of the test's own, as docker-compose.yml does it. */
export interface Accounts {
  /** REDIS_URL and MYSQL_URL of a service: those that it has an account for. */
  envOf(name: ServiceName): Record<string, string>;
  redisUrlOf(name: "coupon" | "dispatcher" | "ranking"): string;
  mysqlUrlOf(name: "coupon" | "issuer" | "order" | "migrations"): string;
}

export interface Administrators {
  readonly redisUrl: string;
  readonly mysqlUrl: string;
}

export async function makeAccounts({ redisUrl, mysqlUrl }: Administrators): Promise<Accounts> {
  const schema = new URL(mysqlUrl).pathname.slice(1);
  const mysqlUrlOf: Accounts["mysqlUrlOf"] = (name) => withLogin(mysqlUrl, `fc_${name}`, passwordOf(name));
  const redisUrlOf: Accounts["redisUrlOf"] = (name) => withLogin(redisUrl, name, passwordOf(name));
  await makeRedisUsers(redisUrl);
  await runSql(mysqlUrl, "accounts.sql", schema);
  const migrate = join(repositoryRoot, "packages/database/src/main.ts");
  const env = { ...process.env, MYSQL_URL: mysqlUrlOf("migrations") };
  await promisify(execFile)(process.execPath, [migrate], { env });
  await runSql(mysqlUrl, "grants.sql", schema);
  return {
    mysqlUrlOf,
    redisUrlOf,
    envOf: (name) => ({
      // To whom no account belongs, nothing is told: not even where the server is.
      REDIS_URL: name === "issuer" || name === "order" ? "" : redisUrlOf(name),
      MYSQL_URL: name === "dispatcher" || name === "ranking" ? "" : mysqlUrlOf(name),
    }),
  };
}

async function makeRedisUsers(url: string): Promise<void> {
  const users = (await fromDeploy("redis/users.acl")).trim().split("\n");
  const redis = new Redis(url);
  try {
    // The administrator stays as it is: the test looks behind the services with it.
    for (const user of users.filter((line) => !line.startsWith("user default "))) {
      await redis.call("ACL", "SETUSER", ...user.split(" ").slice(1));
    }
  } finally {
    redis.disconnect();
  }
}

async function runSql(url: string, script: string, schema: string): Promise<void> {
  const sql = await fromDeploy(`mysql/${script}`, { MYSQL_SCHEMA: schema });
  const connection = await createConnection({ uri: url, multipleStatements: true });
  try {
    await connection.query(sql);
  } finally {
    await connection.end();
  }
}

/** A file of `deploy/` with its variables filled in, as a shell does. */
async function fromDeploy(path: string, variables: Record<string, string> = {}): Promise<string> {
  const text = await readFile(join(repositoryRoot, "deploy", path), "utf8");
  return text.replaceAll(/\$\{([A-Z_]+)\}/g, (_whole, name: string) => {
    if (name === "REDIS_KEY_PREFIX") return "";
    const [, account] = /^([A-Z]+)_(?:MYSQL|REDIS)_PASSWORD$/.exec(name) ?? [];
    const value = variables[name] ?? (account === undefined ? "unused" : passwordOf(account.toLowerCase()));
    return value;
  });
}

function passwordOf(account: string): string {
  return `password-of-${account}`;
}

function withLogin(url: string, user: string, password: string): string {
  const parsed = new URL(url);
  parsed.username = user;
  parsed.password = password;
  return parsed.href;
}
