import { cpus, totalmem } from "node:os";
import { Redis } from "ioredis";
import { createConnection, type RowDataPacket } from "mysql2/promise";
import { connectRabbitmq } from "./peers/rabbitmq/issue-queue.ts";
import type { Machine } from "./result.ts";
import { openServers } from "./servers.ts";

type Say = (line: string) => void;

/** What everything ran on. Asks the servers for their versions. @param withRabbitmq whether anybody will use it */
export async function describeMachine(withRabbitmq: boolean, say: Say): Promise<Machine> {
  await using servers = await openServers(["redis", "mysql"], say);
  const [redis, mysql] = await Promise.all([redisVersion(servers.redisUrl), mysqlVersion(servers.mysqlUrl)]);
  const rabbitmq = withRabbitmq ? await rabbitmqVersion(say) : undefined;
  const cores = cpus();
  return {
    cpu: cores[0]?.model ?? "unknown",
    cores: cores.length,
    memoryBytes: totalmem(),
    node: process.versions.node,
    redis,
    mysql,
    ...(rabbitmq === undefined ? {} : { rabbitmq }),
  };
}

async function redisVersion(url: string): Promise<string> {
  const redis = new Redis(url);
  try {
    return /redis_version:(\S+)/.exec(await redis.info("server"))?.[1] ?? "unknown";
  } finally {
    redis.disconnect();
  }
}

async function mysqlVersion(url: string): Promise<string> {
  const connection = await createConnection(url);
  try {
    const [rows] = await connection.query<RowDataPacket[]>("SELECT VERSION() AS version");
    return String(rows[0]?.["version"]);
  } finally {
    await connection.end();
  }
}

/** Undefined where it cannot be had: those who need it say why. */
async function rabbitmqVersion(say: Say): Promise<string | undefined> {
  try {
    await using servers = await openServers(["rabbitmq"], say);
    const model = await connectRabbitmq(servers);
    const { version } = model.connection.serverProperties;
    await model.close();
    return version;
  } catch {
    return undefined;
  }
}
