import type { RedisClient } from "../connect.ts";
import type { Winner } from "../coupon/load-winners.ts";
import type { Keys } from "../keys.ts";
import { type GateView, type GateViews, readGates } from "./read-gates.ts";
import { readWinners } from "./read-winners.ts";

/** Reads what a process needs to answer for the gate while it is closed. Writes nothing. */
export class GateReader {
  readonly #redis: RedisClient;
  readonly #keys: Keys;

  constructor({ redis, keys }: { readonly redis: RedisClient; readonly keys: Keys }) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** See `readGates`. */
  read(couponIds: readonly string[]): Promise<GateViews> {
    return readGates(this.#redis, this.#keys, couponIds);
  }

  /** See `readWinners`. */
  winners(couponId: string, view: GateView): AsyncGenerator<Winner[]> {
    return readWinners(this.#redis, this.#keys, couponId, view);
  }
}
