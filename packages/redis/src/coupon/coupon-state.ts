import type { RedisClient } from "../connect.ts";
import { parseWinner } from "../gate/decide.ts";
import type { Keys } from "../keys.ts";
import { userHash } from "../user-hash.ts";
import { closeGate } from "./close-gate.ts";
import { gateTime } from "./gate-time.ts";
import { loadCoupon } from "./load-coupon.ts";
import { retireCoupon } from "./retire-coupon.ts";
import type { LoadResult, LoadSource } from "./load-coupon.ts";
import type { Winner } from "./load-winners.ts";
import { syncTerms } from "./sync-terms.ts";
import type { SyncResult } from "./sync-terms.ts";
import type { CouponTerms } from "./terms.ts";

/** Some 2 000 winners in each chunk. */
const BUCKETS_AT_ONCE = 40;

/** What the gate holds of a coupon. */
export interface LoadedCoupon {
  readonly terms: CouponTerms;
  /** The number that the next winner gets. */
  readonly nextNo: number;
  /** Numbers given so far. */
  readonly accepted: number;
  /** Numbers left to give. */
  readonly remaining: number;
}

/** Reads and writes what the gate holds of coupons, outside the race. All methods throw what Redis or the connection says. */
export class CouponState {
  readonly #redis: RedisClient;
  readonly #keys: Keys;

  constructor({ redis, keys }: { readonly redis: RedisClient; readonly keys: Keys }) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Undefined: not loaded. */
  async read(couponId: string): Promise<LoadedCoupon | undefined> {
    const fields = ["status", "quantity", "opens_at", "closes_at", "version", "next_no"] as const;
    const [status, quantity, opensAt, closesAt, version, nextNo] = await this.#redis.hmget(
      this.#keys.coupon(couponId),
      ...fields,
    );
    if (!status) return undefined;
    const terms: CouponTerms = {
      couponId,
      status: status as CouponTerms["status"],
      quantity: Number(quantity),
      opensAt: Number(opensAt),
      closesAt: closesAt ? Number(closesAt) : undefined,
      version: Number(version),
    };
    const accepted = Number(nextNo) - 1;
    return { terms, nextNo: Number(nextNo), accepted, remaining: Math.max(terms.quantity - accepted, 0) };
  }

  /** Epoch ms by the clock of its gate; see `gateTime`. */
  now(couponId: string): Promise<number> {
    return gateTime(this.#redis, this.#keys, couponId);
  }

  /** Whether anything of a coupon is there: loaded, or left by a load or a retirement that was cut off. */
  async holds(couponId: string): Promise<boolean> {
    return (await this.#redis.exists(this.#keys.coupon(couponId))) === 1;
  }

  /** Whether a user has won, and with what number; `acceptedAt` is epoch ms. */
  async findWinner(
    couponId: string,
    userId: string,
  ): Promise<{ issueNo: number; acceptedAt: number } | "NOT_WINNER" | "NOT_LOADED"> {
    const [status, buckets, base] = await this.#redis.hmget(this.#keys.coupon(couponId), "status", "buckets", "base");
    if (!status) return "NOT_LOADED";
    const held = await this.#redis.hget(`${this.#keys.winners(couponId)}${userHash(userId) % Number(buckets)}`, userId);
    return held === null ? "NOT_WINNER" : parseWinner(held, Number(base));
  }

  /**
   * All winners of a loaded coupon, in no order, in chunks. Those who win while it runs may or may not be among them.
   * Nothing when the coupon is not loaded.
   */
  async *winners(couponId: string): AsyncGenerator<Winner[]> {
    const [status, buckets, base] = await this.#redis.hmget(this.#keys.coupon(couponId), "status", "buckets", "base");
    if (!status) return;
    const names = Array.from({ length: Number(buckets) }, (_, bucket) => `${this.#keys.winners(couponId)}${bucket}`);
    for (let i = 0; i < names.length; i += BUCKETS_AT_ONCE) {
      const read = await Promise.all(names.slice(i, i + BUCKETS_AT_ONCE).map((name) => this.#redis.hgetall(name)));
      yield read.flatMap((bucket) =>
        Object.entries(bucket).map(([userId, held]) => Object.assign(parseWinner(held, Number(base)), { userId })),
      );
    }
  }

  /** Brings new terms, which are committed, to the gate. Only a higher version changes anything. */
  sync(terms: CouponTerms): Promise<SyncResult> {
    return syncTerms(this.#redis, this.#keys, terms);
  }

  /** Loads a coupon from the database; see `loadCoupon`. */
  load(
    couponId: string,
    source: LoadSource,
    { rebuild = false }: { readonly rebuild?: boolean } = {},
  ): Promise<LoadResult> {
    return loadCoupon(this.#redis, this.#keys, couponId, source, rebuild);
  }

  /** Closes a coupon's gate; see `closeGate`. */
  close(couponId: string, forMs: number): Promise<boolean> {
    return closeGate(this.#redis, this.#keys, couponId, forMs);
  }

  /** Takes a coupon whose every number is a row out of Redis; see `retireCoupon`. */
  retire(couponId: string): Promise<boolean> {
    return retireCoupon(this.#redis, this.#keys, couponId);
  }
}
