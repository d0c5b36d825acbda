import { type Connection, createConnection, type Pool, type RowDataPacket } from "mysql2/promise";
import { createHash } from "node:crypto";
import { migrations as all } from "./migrations/index.ts";
import type { Migration } from "./migrations/migration.ts";
import type { Database } from "./open-database.ts";
import { connectionOptions } from "./pool.ts";

/** How long one process waits for another's migration, in s. */
const LOCK_WAIT_S = 120;

/**
 * Brings the schema to the newest step. Any number of processes may call it at once: one works, the others wait for it
 * and find nothing left to do.
 *
 * @returns the names of the steps that this call ran
 */
export async function migrate(
  { pool, url }: Pick<Database, "pool" | "url">,
  migrations: readonly Migration[] = all,
): Promise<string[]> {
  // Through the pool, whose waits have deadlines: nearly every start ends here. An account that may read the table of steps will do.
  if (await allDone(pool, migrations)) return [];
  // A connection of its own: the lock belongs to it, DDL may take longer than the pool allows, and closing it gives the lock back.
  const connection = await createConnection(connectionOptions(url));
  try {
    await takeLock(connection);
    return await runMissing(connection, migrations);
  } finally {
    await connection.end();
  }
}

async function allDone(pool: Pool, migrations: readonly Migration[]): Promise<boolean> {
  try {
    const done = await namesOfDone(pool);
    return migrations.every(({ name }) => done.has(name));
  } catch (error) {
    if (error instanceof Error && "errno" in error && NO_SUCH_TABLE.has(Number(error.errno))) return false;
    throw error;
  }
}

/** A table that is not there; to an account without rights on the schema, every table that is not there is forbidden. */
const NO_SUCH_TABLE: ReadonlySet<number> = new Set([1146, 1142]);

async function namesOfDone(database: Connection | Pool): Promise<Set<unknown>> {
  const [rows] = await database.query<RowDataPacket[]>("SELECT name FROM migration");
  return new Set(rows.map((row) => row["name"]));
}

async function takeLock(connection: Connection): Promise<void> {
  // User locks are global to the server, so the schema is in the name; a name has at most 64 characters.
  const [[schema]] = await connection.query<RowDataPacket[]>("SELECT DATABASE() AS name");
  const name = `firstcome:migrate:${createHash("sha256").update(String(schema?.["name"])).digest("hex").slice(0, 40)}`;
  const [[lock]] = await connection.query<RowDataPacket[]>("SELECT GET_LOCK(?, ?) AS taken", [name, LOCK_WAIT_S]);
  if (Number(lock?.["taken"]) !== 1)
    throw new Error(`another process has been migrating the schema for ${LOCK_WAIT_S} s`);
}

async function runMissing(connection: Connection, migrations: readonly Migration[]): Promise<string[]> {
  await connection.query(
    `CREATE TABLE IF NOT EXISTS migration (
      name VARCHAR(100) NOT NULL PRIMARY KEY,
      ran_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`,
  );
  const done = await namesOfDone(connection);
  const ran: string[] = [];
  for (const { name, statements } of migrations) {
    if (done.has(name)) continue;
    for (const statement of statements) await connection.query(statement);
    await connection.query("INSERT INTO migration (name) VALUES (?)", [name]);
    ran.push(name);
  }
  return ran;
}
