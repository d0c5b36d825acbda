import { brokenPromises } from "@firstcome/promise-check";
import type { CouponCheck, Violations } from "@firstcome/promise-check";
import type { RankingCheck } from "./check-ranking.ts";
import { percentiles } from "./percentiles.ts";
import type { Percentiles } from "./percentiles.ts";
import type { RushResult } from "./rush.ts";
import type { ShoppingResult } from "./shopping.ts";

/** What the run did, and whether the promises held. */
export interface Report extends Violations {
  readonly stock: number;
  readonly users: number;
  readonly accepted: number;
  readonly alreadyIssued: number;
  readonly soldOut: number;
  readonly failed: number;
  readonly rows: number;
  readonly acceptRatePerS: number;
  readonly commitRatePerS: number;
  /** How long callers waited for their answer. */
  readonly acceptMs: Percentiles;
  /** From acceptance to the committed row. */
  readonly issuedLagMs: Percentiles;
  readonly orders: Pick<ShoppingResult, "placed" | "paid" | "failed">;
  readonly ranking: RankingCheck;
}

/** What was seen of one run. */
export interface Findings {
  readonly stock: number;
  readonly users: number;
  readonly rush: RushResult;
  readonly check: CouponCheck;
  readonly shopping: ShoppingResult;
  readonly ranking: RankingCheck;
}

export function makeReport({ stock, users, rush, check, shopping, ranking }: Findings): Report {
  const { rows, issuedLagMs, committingMs, ...violations } = check;
  return {
    stock,
    users,
    accepted: rush.accepted,
    alreadyIssued: rush.alreadyIssued,
    soldOut: rush.soldOut,
    failed: rush.failed,
    rows,
    ...violations,
    acceptRatePerS: perSecond(rush.told.length, rush.acceptingMs),
    commitRatePerS: perSecond(rows, committingMs),
    acceptMs: percentiles(rush.answerMs),
    issuedLagMs: percentiles(issuedLagMs),
    orders: { placed: shopping.placed, paid: shopping.paid, failed: shopping.failed },
    ranking: { top: ranking.top, matchesMysql: ranking.matchesMysql },
  };
}

/** What went wrong, in words. Empty: every promise held, and every caller was served. */
export function whatIsBroken({ stock, users, rush, check, shopping, ranking }: Findings): string[] {
  const { overIssued, lost, duplicates, numberGaps, outOfOrder, numberMismatches, rows } = check;
  const broken = brokenPromises({ overIssued, lost, duplicates, numberGaps, outOfOrder, numberMismatches });
  const winners = rush.accepted + rush.alreadyIssued;
  if (rows !== winners) broken.push(`${rows} rows for ${winners} winners`);
  if (rush.failed > 0) broken.push(`${rush.failed} calls failed (${rush.failures.join("; ")})`);
  else if (winners !== Math.min(stock, users)) broken.push(`${winners} winners instead of ${Math.min(stock, users)}`);
  if (shopping.failed > 0) broken.push(`${shopping.failed} orders failed (${shopping.failures.join("; ")})`);
  if (!ranking.matchesMysql) broken.push("the ranking does not say what the paid orders in MySQL say");
  return broken;
}

function perSecond(count: number, ms: number): number {
  return ms > 0 ? Math.round((count / ms) * 1_000) : 0;
}
