import { randomBytes } from "node:crypto";
import { createConnection } from "mysql2/promise";
import { inject } from "vitest";
import { cleanUpAfterFile } from "./file-cleanup.ts";
import type { ServerUrls } from "./provided-context.ts";

/** A schema of its own in the run's shared MySQL. */
export interface TestDatabase {
  /** For MYSQL_URL: `mysql://…/<name>`. */
  url: string;
  /** The schema's name. */
  name: string;
}

/** Creates an empty schema; it is dropped when the file is through. */
export async function testDatabase(): Promise<TestDatabase> {
  const { mysqlUrl: serverUrl }: ServerUrls = inject("servers");
  const name = `fc_test_${randomBytes(6).toString("hex")}`;
  await execute(serverUrl, `CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  cleanUpAfterFile(() => drop(serverUrl, name));
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, name };
}

async function drop(serverUrl: string, name: string): Promise<void> {
  // A transaction that a test left open would hold the schema for a day (the server's default).
  await execute(serverUrl, "SET lock_wait_timeout = 10", `DROP DATABASE ${name}`);
}

async function execute(url: string, ...statements: readonly string[]): Promise<void> {
  const connection = await createConnection(url);
  try {
    for (const statement of statements) {
      await connection.query(statement);
    }
  } finally {
    await connection.end();
  }
}
