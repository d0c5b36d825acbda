import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startPrivateServers, startServers } from "@firstcome/stack";
import { createConnection, type RowDataPacket } from "mysql2/promise";
import { describe, expect, it } from "vitest";
import { redisCommand } from "./redis-command.ts";

describe("a private Redis", () => {
  it("is durable and evicts nothing", async () => {
    await using servers = await startPrivateServers(["redis"]);
    const settings = ["appendonly", "appendfsync", "save", "maxmemory-policy", "bind"];
    const replies = await Promise.all(
      settings.map((setting) => redisCommand(servers.redis.url, `CONFIG GET ${setting}`)),
    );
    expect(replies).toEqual([
      ["appendonly", "yes"],
      ["appendfsync", "always"],
      ["save", ""],
      ["maxmemory-policy", "noeviction"],
      ["bind", "127.0.0.1"],
    ]);
  });

  it("has its data and its port back after SIGKILL", async () => {
    await using servers = await startPrivateServers(["redis"]);
    const { redis } = servers;
    const { url } = redis;
    await redisCommand(url, "SET kept yes");
    await redis.kill();
    await expect(redisCommand(url, "PING")).rejects.toThrow(/ECONNREFUSED/);
    await redis.start();
    expect(redis.url).toBe(url);
    expect(await redisCommand(url, "GET kept")).toEqual(["yes"]);
  });

  it("answers nothing while it is frozen, and everything when it is thawed", async () => {
    await using servers = await startPrivateServers(["redis"]);
    await servers.redis.freeze();
    let answered = false;
    const reply = redisCommand(servers.redis.url, "PING").finally(() => (answered = true));
    // Another server's whole start is time enough for an answer to come, if one could.
    await using other = await startPrivateServers(["redis"]);
    expect(await redisCommand(other.redis.url, "PING")).toEqual(["PONG"]);
    expect(answered).toBe(false);
    await servers.redis.thaw();
    expect(await reply).toEqual(["PONG"]);
  });
});

describe("a private MySQL", () => {
  it("is durable, strict and in UTC", async () => {
    await using servers = await startPrivateServers(["mysql"]);
    const [settings] = await query(
      servers.mysql.url,
      "SELECT @@innodb_flush_log_at_trx_commit AS flushed, @@time_zone AS zone, @@character_set_server AS charset, @@sql_mode LIKE '%STRICT_TRANS_TABLES%' AS strict",
    );
    expect(settings).toEqual({ flushed: 1, zone: "+00:00", charset: "utf8mb4", strict: 1 });
  });

  it("has its data and its port back after SIGKILL and after an orderly stop", async () => {
    await using servers = await startPrivateServers(["mysql"]);
    const { mysql } = servers;
    const { url } = mysql;
    await query(url, "CREATE TABLE kept (id INT PRIMARY KEY)");
    await query(url, "INSERT INTO kept VALUES (1)");
    await mysql.kill();
    await mysql.start();
    await query(url, "INSERT INTO kept VALUES (2)");
    await mysql.stop();
    await mysql.start();
    expect(mysql.url).toBe(url);
    expect(await query(url, "SELECT id FROM kept")).toEqual([{ id: 1 }, { id: 2 }]);
  });
});

describe("startServers", () => {
  it("uses the servers that the environment names, and starts none", async () => {
    const env = { REDIS_URL: "redis://elsewhere:6379", MYSQL_URL: "mysql://elsewhere/db" };
    await using servers = await startServers({ env });
    expect({ ...servers }).toMatchObject({ redisUrl: env.REDIS_URL, mysqlUrl: env.MYSQL_URL });
    expect(servers.redis).toBeUndefined();
    expect(servers.mysql).toBeUndefined();
  });

  it("keeps the data in the directory it was given, and lets one run at a time have it", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "firstcome-"));
    {
      await using first = await startServers({ dataDir, env: {} });
      await redisCommand(first.redisUrl, "SET kept yes");
      await query(first.mysqlUrl, "CREATE TABLE kept (id INT PRIMARY KEY)");
      await expect(startServers({ dataDir, env: {} })).rejects.toThrow(/is used by another run/);
    }
    {
      await using second = await startServers({ dataDir, env: {} });
      expect(await redisCommand(second.redisUrl, "GET kept")).toEqual(["yes"]);
      expect(await query(second.mysqlUrl, "SHOW TABLES")).toHaveLength(1);
    }
    await rm(dataDir, { recursive: true });
    expect(existsSync(dataDir)).toBe(false);
  });
});

async function query(url: string, sql: string): Promise<RowDataPacket[]> {
  const connection = await createConnection(url);
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql);
    return rows;
  } finally {
    await connection.end();
  }
}
