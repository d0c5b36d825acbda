import { crc16 } from "./crc16.ts";

/**
 * Every key name that Firstcome uses in Redis, and the only place that builds one.
 *
 * A coupon lives in partition `crc16(coupon id) mod partitions`; the hash tag `{pN}` keeps all keys of a partition in one
 * Redis Cluster slot, so that a script may touch them together. The number of partitions is part of the data: changing it
 * moves every coupon. All keys of the ranking share the tag `{sell}`, since days are added up.
 */
export interface Keys {
  readonly partitions: number;
  partitionOf(couponId: string): number;
  /** How many partitions the data has. */
  partitionCount(): string;
  /** Hash: status, quantity, next_no, opens_at, closes_at, version, load, and how its winners are stored. */
  coupon(couponId: string): string;
  /** What the bucket number is appended to. Each bucket is a hash of user id → number and time. */
  winners(couponId: string): string;
  /** Stream of accepted batches, group `dispatch`. */
  handoff(partition: number): string;
  /** Written after each batch when replicas are waited for; holds nothing. */
  fence(partition: number): string;
  /** Stream of items that no worker could handle. */
  dead(partition: number): string;
  /**
   * Hash: number → the users whose claim to it is given up, joined with a space. Discarded by an operator; or lost, with nobody
   * knowing the winner (then empty).
   */
  givenUp(couponId: string): string;
  /** Holder of a scheduled job. */
  lease(job: string): string;
  /** Present while operators hold the dispatch. */
  dispatchPaused(): string;
  /** Counter behind the workers' serial numbers. */
  workerSerial(): string;
  /** Sorted set: product id → pieces sold on a business day (`yyyymmdd`). */
  salesOfDay(day: string): string;
  /** Hash: order id → `S` counted on that day, `C` taken back. */
  ordersOfDay(day: string): string;
  /** Token of who rebuilds a day. */
  rebuildOfDay(day: string): string;
  /** As `salesOfDay`, while it is being rebuilt. */
  rebuiltSalesOfDay(day: string): string;
  /** As `ordersOfDay`, while it is being rebuilt. */
  rebuiltOrdersOfDay(day: string): string;
  /** Sorted set: the last days together. */
  salesOverDays(days: number): string;
  /** Hash: which days those are, and when they were added up. */
  unionOverDays(days: number): string;
  /** JSON: the best-selling products of the last days. */
  popular(top: number, days: number): string;
}

/** The consumer group through which dispatchers share the hand-off streams. */
export const HANDOFF_GROUP = "dispatch";

export interface KeysOptions {
  /** Put before every key, for several installations (or tests) on one Redis. Without `{` and `}`. */
  readonly prefix?: string;
  /** 16 unless set. Fixed for the life of the data. */
  readonly partitions?: number;
}

export function createKeys({ prefix = "", partitions = 16 }: KeysOptions = {}): Keys {
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > 16_384) {
    throw new RangeError(`partitions must be 1 to 16384, not ${partitions}`);
  }
  if (/[{}\s]/.test(prefix)) throw new RangeError("a key prefix must not contain braces or white space");
  const partitionOf = (couponId: string): number => crc16(couponId) % partitions;
  return {
    partitions,
    partitionOf,
    partitionCount: () => `${prefix}fc:partitions`,
    coupon: (couponId) => `${prefix}fc:{p${partitionOf(couponId)}}:coupon:${couponId}`,
    winners: (couponId) => `${prefix}user_coupon:{p${partitionOf(couponId)}}:${couponId}:`,
    handoff: (partition) => `${prefix}fc:{p${partition}}:handoff`,
    fence: (partition) => `${prefix}fc:{p${partition}}:fence`,
    dead: (partition) => `${prefix}fc:{p${partition}}:dead`,
    givenUp: (couponId) => `${prefix}fc:{p${partitionOf(couponId)}}:given-up:${couponId}`,
    lease: (job) => `${prefix}lease:${job}`,
    dispatchPaused: () => `${prefix}fc:dispatch:paused`,
    workerSerial: () => `${prefix}fc:dispatch:worker-serial`,
    salesOfDay: (day) => `${prefix}rank:{sell}:${day}`,
    ordersOfDay: (day) => `${prefix}rank:{sell}:orders:${day}`,
    rebuildOfDay: (day) => `${prefix}rank:{sell}:rebuild:${day}`,
    rebuiltSalesOfDay: (day) => `${prefix}rank:{sell}:rebuild:${day}:sales`,
    rebuiltOrdersOfDay: (day) => `${prefix}rank:{sell}:rebuild:${day}:orders`,
    salesOverDays: (days) => `${prefix}rank:{sell}:${days}days`,
    unionOverDays: (days) => `${prefix}rank:{sell}:${days}days:made`,
    popular: (top, days) => `${prefix}cache:popular:top:${top}:days:${days}`,
  };
}
