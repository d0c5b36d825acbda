import { cpus, totalmem } from "node:os";
import { Redis } from "ioredis";
import { createConnection, type RowDataPacket } from "mysql2/promise";
import type { Machine } from "./result.ts";
import { openServers } from "./servers.ts";

/** What everything ran on. Asks the servers for their versions. */
export async function describeMachine(say: (line: string) => void): Promise<Machine> {
  await using servers = await openServers(["redis", "mysql"], say);
  const [redis, mysql] = await Promise.all([redisVersion(servers.redisUrl), mysqlVersion(servers.mysqlUrl)]);
  const cores = cpus();
  return {
    cpu: cores[0]?.model ?? "unknown",
    cores: cores.length,
    memoryBytes: totalmem(),
    node: process.versions.node,
    redis,
    mysql,
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
