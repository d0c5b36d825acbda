import { issueRows, type IssueRow, migrate, openDatabase } from "@firstcome/database";
import { silentLogger } from "@firstcome/runtime";
import { userIdOf } from "../load/user-ids.ts";
import { readCpu } from "../measure/cpu-clock.ts";
import { median } from "../measure/median.ts";
import type { InsertCost } from "./micro-results.ts";
import { ownCpuUs } from "./own-cpu.ts";

type Pool = Parameters<typeof issueRows>[0];

export interface InsertPlan {
  /** Rows a statement. */
  readonly sizes: readonly number[];
  /** Rows written for each size and statement, in each round. */
  readonly rows: number;
  readonly rounds: number;
}

export interface InsertServer {
  /** An empty schema, which may be written to and emptied. */
  readonly mysqlUrl: string;
  readonly mysqlPid: number;
}

/** As an issuer: the next one is put together meanwhile. */
const AT_ONCE = 1;
/** Rows that were accepted together: the gate's batches, merged. */
const RUN = 64;

/**
 * What a row costs by the number of rows in a statement: the insert that the issuer runs, and the same as a list of values. By
 * turns, and the median of the rounds, since the database flushes and purges whenever it likes.
 */
export async function measureInsert({ mysqlUrl, mysqlPid }: InsertServer, plan: InsertPlan): Promise<InsertCost[]> {
  await using database = await openDatabase({ url: mysqlUrl, poolSize: AT_ONCE, log: silentLogger });
  await migrate(database);
  const { pool } = database;
  const settings = plan.sizes.flatMap((rows) =>
    (["issueRows", "values"] as const).map((statement) => ({ rows, statement, measured: [] as Measured[] })),
  );
  for (let round = 0; round <= plan.rounds; round++) {
    for (const { rows, statement, measured } of settings) {
      const figures = await writeAll(pool, { statement, size: rows, rows: plan.rows, mysqlPid });
      // The first round warms up: code, prepared statements, the buffer pool.
      if (round > 0) measured.push(figures);
    }
  }
  return settings.map(({ rows, statement, measured }) => ({
    rows,
    statement,
    nodeUsPerRow: median(measured.map(({ nodeUs }) => nodeUs)) / plan.rows,
    databaseUsPerRow: median(measured.map(({ databaseUs }) => databaseUs)) / plan.rows,
    rowsPerSecond: median(measured.map(({ seconds }) => plan.rows / seconds)),
  }));
}

interface Measured {
  readonly nodeUs: number;
  readonly databaseUs: number;
  readonly seconds: number;
}

interface Writing {
  readonly statement: InsertCost["statement"];
  readonly size: number;
  readonly rows: number;
  readonly mysqlPid: number;
}

async function writeAll(pool: Pool, { statement, size, rows, mysqlPid }: Writing): Promise<Measured> {
  await pool.query("TRUNCATE TABLE user_coupon");
  const statements = statementsOf(rows, size);
  const write = WRITE[statement];
  const databaseUs = (): number => (readCpu([{ name: "mysql", pid: mysqlPid }]).get("mysql") ?? Number.NaN) * 1e6;

  const databaseBefore = databaseUs();
  const nodeBefore = ownCpuUs();
  const startedAt = performance.now();
  const next = statements.values();
  const writeOn = async (): Promise<void> => {
    for (const batch of next) await write(pool, batch);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, writeOn));
  const seconds = (performance.now() - startedAt) / 1_000;
  const nodeUs = ownCpuUs() - nodeBefore;
  return { nodeUs, databaseUs: databaseUs() - databaseBefore, seconds };
}

function statementsOf(rows: number, size: number): IssueRow[][] {
  const acceptedAt = Date.now();
  const all = Array.from({ length: rows }, (_, n) => ({
    couponId: "1",
    userId: userIdOf(n),
    issueNo: n + 1,
    acceptedAt: acceptedAt + Math.floor(n / RUN),
  }));
  return Array.from({ length: Math.ceil(rows / size) }, (_, n) => all.slice(n * size, (n + 1) * size));
}

const WRITE: Readonly<Record<InsertCost["statement"], (pool: Pool, rows: IssueRow[]) => Promise<unknown>>> = {
  issueRows,
  values: (pool, rows) =>
    pool.query(VALUES, [
      rows.map(({ couponId, userId, issueNo, acceptedAt }) => [couponId, userId, issueNo, new Date(acceptedAt)]),
    ]),
};

const VALUES = `
  INSERT INTO user_coupon (coupon_id, user_id, issue_no, accepted_at) VALUES ?
  ON DUPLICATE KEY UPDATE coupon_id = user_coupon.coupon_id`;
