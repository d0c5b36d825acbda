import type { Peer } from "../peer.ts";
import { issuedRows } from "../shop/issued-rows.ts";

/** Applicants that one run of the scheduler takes. */
export const BATCH = 100;

/**
 * The original design: everybody who applies is put into a sorted set by time, and a scheduler takes a hundred at a time to MySQL. Nobody
 * is told whether he has won, and losers fill Redis like winners. Here the scheduler runs in a tight loop, not each minute.
 */
export const zsetCron: Peer = {
  name: "zset-cron",
  title: "ZADD by time; a scheduler takes 100 at a time to MySQL in one transaction, row by row (saveAll)",
  needs: ["redis", "mysql"],
  users: { quick: 20_000, full: 60_000 },
  concurrency: 256,
  acceptor: new URL("./acceptor.ts", import.meta.url),
  worker: { module: new URL("./worker.ts", import.meta.url), count: 1 },
  ...issuedRows(),
  note: (users) =>
    `in a tight loop; each minute, as it was specified, ${BATCH} are taken: the last of ${users} would wait ${describeWait(users)}`,
  fault: {
    title: "2 000 apply for 1 000 coupons, and all are told that they are in",
    users: 2_000,
    quantity: 1_000,
  },
};

export function applicantsOf(couponId: string): string {
  return `coupon:${couponId}:applicants`;
}

/** How long the last of so many applicants waits when a hundred are taken each minute. */
export function describeWait(applicants: number): string {
  const minutes = Math.ceil(applicants / BATCH);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
