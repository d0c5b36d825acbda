import type { Keys, RedisClient } from "@firstcome/redis";
import { z } from "@firstcome/runtime";
import type { Popular, PopularQuery } from "../domain/popular.ts";
import type { PopularCache } from "../popular/popular-answers.ts";
import { askRedis } from "./faults.ts";

/** Two days and an hour: an outage as long as a weekend leaves callers with an old answer rather than with none. */
const KEPT_MS = 49 * 3_600_000;

/** The last ranking of each kind, for all processes. All methods throw UnavailableError. */
export class RedisPopularCache implements PopularCache {
  readonly #redis: RedisClient;
  readonly #keys: Keys;

  constructor(redis: RedisClient, keys: Keys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Undefined: there is none, or none that this version can read. */
  async get({ top, days }: PopularQuery): Promise<Popular | undefined> {
    const text = await askRedis(() => this.#redis.get(this.#keys.popular(top, days)));
    return text === null ? undefined : parse(text);
  }

  async put({ top, days }: PopularQuery, popular: Popular): Promise<void> {
    const text = JSON.stringify(popular);
    await askRedis(() => this.#redis.set(this.#keys.popular(top, days), text, "PX", KEPT_MS));
  }
}

const schema = z.object({
  products: z.array(
    z.object({ productId: z.string(), name: z.string(), priceKrw: z.number(), sold: z.number(), rank: z.number() }),
  ),
  computedAt: z.number(),
});

function parse(text: string): Popular | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
