import { type RawQueryFragment, sql } from "@mikro-orm/core";
import type { UnitOfWork } from "./transact.ts";

/** Epoch ms by the clock of the database, whatever its time zone. */
export async function readDatabaseClock(em: UnitOfWork): Promise<number> {
  const [row] = await em.execute<{ now: number | string }[]>(
    "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000 AS now",
  );
  return Number(row?.now);
}

/** For a DATETIME(3) column within a statement: a moment so many ms from now, by the clock of the database. */
export function databaseTime(inMs = 0): RawQueryFragment {
  return sql`UTC_TIMESTAMP(3) + INTERVAL ${Math.round(inMs * 1_000)} MICROSECOND`;
}
