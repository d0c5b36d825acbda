import type { Completion } from "./coupon.ts";

/** Where it is seen what became of numbers. */
export interface SettledDeps extends GivenUpDeps {
  readonly rows: GivenUpDeps["rows"] & {
    /** How many rows are committed. Reads each: 0.3 s for a million. */
    count(couponId: string): Promise<number>;
  };
}

/** What a coupon has come to with the numbers 1 … no, by a count of all its rows. Undefined: some are neither rows nor given up. */
export async function completionOf(deps: SettledDeps, couponId: string, no: number): Promise<Completion | undefined> {
  const rows = await deps.rows.count(couponId);
  const isSettled = rows >= no || rows + (await countGivenUp(deps, couponId)) >= no;
  return isSettled ? { no, rows } : undefined;
}

export interface GivenUpDeps {
  readonly handoffRecords: {
    /** Every number that is given up, in pages; one may come twice. */
    allGivenUp(couponId: string): AsyncIterable<readonly number[]>;
  };
  readonly rows: {
    /** Those of the numbers that are committed. */
    committed(couponId: string, issueNos: readonly number[]): Promise<ReadonlySet<number>>;
  };
}

/**
 * How many numbers of a coupon will be no rows: discarded by an operator, or lost with nobody knowing the winner. One that is a
 * row all the same does not count; in a conflict it may be the other user's.
 */
export async function countGivenUp({ handoffRecords, rows }: GivenUpDeps, couponId: string): Promise<number> {
  const seen = new Set<number>();
  let count = 0;
  for await (const page of handoffRecords.allGivenUp(couponId)) {
    const fresh = [...new Set(page)].filter((no) => !seen.has(no));
    for (const no of fresh) seen.add(no);
    count += fresh.length - (await rows.committed(couponId, fresh)).size;
  }
  return count;
}
