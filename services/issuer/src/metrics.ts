import type { Logger, Metrics } from "@firstcome/runtime";
import type { IssueObserver } from "./domain/issue-queue.ts";
import type { NotNow } from "./domain/row-writer.ts";
import type { RowFailure } from "./domain/write-apart.ts";

/** Counts what the queue does, and says in the log what somebody should look at. */
export function observeIssuing(metrics: Metrics, log: Logger): IssueObserver {
  const counters = createCounters(metrics);
  const histograms = createHistograms(metrics);
  const outageGauge = metrics.gauge({
    name: "firstcome_issuer_outage",
    help: "1 while the database takes no rows",
    aggregator: "max",
  });
  return {
    inserted({ rows, written, failures, tookMs }) {
      counters.inserts.inc();
      counters.written.inc(written);
      counters.redelivered.inc(rows - written - failures.length);
      histograms.rows.observe(rows);
      histograms.seconds.observe(tookMs / 1_000);
      for (const failure of failures) report(failure);
    },
    committed(lagMs) {
      histograms.lag.observe(lagMs / 1_000);
    },
    notNow(why, error, tries) {
      counters.retries.inc({ why });
      if (why === "UNEXPECTED")
        log.error({ err: error, tries }, "an insert failed for no fault of its rows; trying again");
      else if (why === "CONTENTION") log.debug({ err: error, tries }, "an insert lost a race for locks; trying again");
      else if (tries === 0) log.warn({ err: error }, "the database is away; trying again");
    },
    outage(began) {
      outageGauge.set(began ? 1 : 0);
      if (began) log.warn("the database takes no rows");
      else log.info("the database takes rows again");
    },
  };

  function report({ row, kind, detail }: RowFailure): void {
    if (kind === "NUMBER_CONFLICT") counters.conflicts.inc();
    else counters.badRows.inc();
    log.error({ kind, row, detail }, "a row cannot be written");
  }
}

const REASONS_TO_RETRY: readonly NotNow[] = ["CONTENTION", "AWAY", "UNEXPECTED"];

function createCounters(metrics: Metrics) {
  const counters = {
    inserts: metrics.counter({ name: "firstcome_issuer_inserts_total", help: "Inserts committed" }),
    written: metrics.counter({ name: "firstcome_issuer_rows_total", help: "Rows written" }),
    redelivered: metrics.counter({
      name: "firstcome_issuer_redelivered_rows_total",
      help: "Rows that were there already, with the same number",
    }),
    conflicts: metrics.counter({
      name: "firstcome_issuer_number_conflicts_total",
      help: "Rows that contradict the table: must stay 0",
    }),
    badRows: metrics.counter({
      name: "firstcome_issuer_bad_rows_total",
      help: "Rows whose content the database refuses",
    }),
    retries: metrics.counter({
      name: "firstcome_issuer_retries_total",
      help: "Inserts that are tried again, for no fault of their rows",
      labelNames: ["why"],
    }),
  };
  // Alerts look at how a series grows: one that is born at 1, and not at 0, has not grown.
  for (const why of REASONS_TO_RETRY) counters.retries.inc({ why }, 0);
  return counters;
}

function createHistograms(metrics: Metrics) {
  return {
    rows: metrics.histogram({
      name: "firstcome_issuer_insert_rows",
      help: "Rows of an insert",
      buckets: [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000],
    }),
    seconds: metrics.histogram({
      name: "firstcome_issuer_insert_seconds",
      help: "Time of an insert, with what it took to set bad rows apart",
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    }),
    lag: metrics.histogram({
      name: "firstcome_issuer_lag_seconds",
      help: "From the gate's acceptance of a batch to the commit of its last row",
      buckets: [0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300],
    }),
  };
}
