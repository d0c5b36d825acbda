import { silentLogger } from "@firstcome/runtime";
import { cleanUpAfterFile, testDatabase } from "@firstcome/testkit";
import { type Database, migrate, openDatabase } from "../src/index.ts";

/** A schema of the test file's own, with all tables. */
export async function migratedDatabase(options: { poolSize?: number } = {}): Promise<Database> {
  const { url } = await testDatabase();
  const db = await openDatabase({ url, log: silentLogger, ...options });
  cleanUpAfterFile(async () => await db[Symbol.asyncDispose]());
  await migrate(db);
  return db;
}
