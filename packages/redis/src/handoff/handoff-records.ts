import type { RedisClient } from "../connect.ts";
import type { Winner } from "../coupon/load-winners.ts";
import type { Keys } from "../keys.ts";
import { allGivenUp, giveUp, givenUpAmong } from "./given-up.ts";
import { handOffAgain } from "./hand-off-again.ts";
import { type HandoffBacklog, measureBacklog } from "./measure-backlog.ts";
import { scanHandoff } from "./scan-handoff.ts";

/**
 * What the hand-off knows of a coupon's numbers, for whoever looks for lost ones, and how much waits in it. All methods throw what
 * Redis or the connection says, unless they say otherwise.
 */
export class HandoffRecords {
  readonly #redis: RedisClient;
  readonly #keys: Keys;

  constructor({ redis, keys }: { readonly redis: RedisClient; readonly keys: Keys }) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** The numbers on their way or among the dead letters, in chunks. At the end, none that was there is left out. */
  async *pending(couponId: string): AsyncGenerator<number[]> {
    for await (const winners of scanHandoff(this.#redis, this.#keys, couponId)) {
      yield winners.map(({ issueNo }) => issueNo);
    }
  }

  /** See `givenUpAmong`. */
  givenUp(couponId: string, issueNos: readonly number[]): Promise<Map<number, string[]>> {
    return givenUpAmong(this.#redis, this.#keys, couponId, issueNos);
  }

  /** See `allGivenUp`. */
  allGivenUp(couponId: string): AsyncGenerator<number[]> {
    return allGivenUp(this.#redis, this.#keys, couponId);
  }

  /** See `giveUp`. */
  giveUp(couponId: string, issueNos: readonly number[]): Promise<void> {
    return giveUp(this.#redis, this.#keys, couponId, issueNos);
  }

  /** See `handOffAgain`. */
  handOffAgain(couponId: string, winners: readonly Winner[]): Promise<number> {
    return handOffAgain(this.#redis, this.#keys, couponId, winners);
  }

  /** See `measureBacklog`. */
  backlog(): Promise<HandoffBacklog> {
    return measureBacklog(this.#redis, this.#keys);
  }
}
