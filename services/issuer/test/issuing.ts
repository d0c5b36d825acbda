import { type Database, migrate, openDatabase } from "@firstcome/database";
import { createMetrics, silentLogger } from "@firstcome/runtime";
import { cleanUpAfterFile } from "@firstcome/testkit";
import type { BatchOutcome, WorkBatch } from "@firstcome/worker";
import type { RowDataPacket } from "mysql2/promise";
import { IssueQueue, type IssueQueueSpec } from "../src/domain/issue-queue.ts";
import { createHandle } from "../src/handle-batch.ts";
import { observeIssuing } from "../src/metrics.ts";
import { sleep } from "../src/sleep.ts";
import { MysqlRowWriter } from "../src/storage/mysql-row-writer.ts";

/** The issuer without its worker: batches in, outcomes out, rows in a real database. */
export interface Issuing {
  readonly db: Database;
  readonly queue: IssueQueue;
  readonly stop: AbortController;
  handle(batch: WorkBatch): Promise<BatchOutcome | void>;
  /** The value of a counter, by its name without "firstcome_issuer_". */
  count(name: string, labels?: Record<string, string>): Promise<number>;
  /** All rows: "coupon/number/user". */
  rows(): Promise<string[]>;
}

export async function issuingInto(url: string, spec: Partial<IssueQueueSpec> = {}): Promise<Issuing> {
  const db = await openDatabase({ url, log: silentLogger });
  cleanUpAfterFile(async () => await db[Symbol.asyncDispose]());
  await migrate(db);
  const metrics = createMetrics({ name: "issuer" });
  const queue = new IssueQueue({
    writer: new MysqlRowWriter(db),
    maxRows: 1_000,
    concurrency: 2,
    lingerMs: 5,
    maxHoldMs: 60_000,
    backoff: () => 20,
    sleep,
    now: () => Date.now(),
    observer: observeIssuing(metrics, silentLogger),
    ...spec,
  });
  const handle = createHandle(queue);
  const stop = new AbortController();
  return {
    db,
    queue,
    stop,
    handle: (batch) => handle(batch, { signal: stop.signal }),
    async count(name, labels = {}) {
      const metric = await metrics.registry.getSingleMetric(`firstcome_issuer_${name}`)?.get();
      const values = metric?.values ?? [];
      const wanted = Object.entries(labels);
      return values.find((value) => wanted.every(([key, label]) => value.labels[key] === label))?.value ?? 0;
    },
    async rows() {
      const [rows] = await db.pool.query<RowDataPacket[]>("SELECT * FROM user_coupon ORDER BY coupon_id, issue_no");
      return rows.map((row) => `${row["coupon_id"]}/${row["issue_no"]}/${row["user_id"]}`);
    },
  };
}

let batches = 0;

/** Winners of one coupon, numbered from `firstNo`. */
export function batchOf(couponId: string, firstNo: number, ...userIds: string[]): WorkBatch {
  batches += 1;
  const issueNos = userIds.map((_, index) => firstNo + index);
  return { id: `0:${batches}-0`, couponId, acceptedAt: Date.now(), userIds, issueNos, attempt: 1 };
}

/** As many users as asked for. */
export function users(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}
