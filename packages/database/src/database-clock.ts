import type { UnitOfWork } from "./transact.ts";

/** Epoch ms by the clock of the database, whatever its time zone. */
export async function readDatabaseClock(em: UnitOfWork): Promise<number> {
  const [row] = await em.execute<{ now: number | string }[]>(
    "SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000 AS now",
  );
  return Number(row?.now);
}
