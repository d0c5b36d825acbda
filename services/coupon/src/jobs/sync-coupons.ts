import type { Logger } from "@firstcome/runtime";
import type { Coupon } from "../domain/coupon.ts";
import type { CouponStanding, CouponStandings, GateStandings } from "../domain/gate-standing.ts";
import { type PublishDeps, publishTerms } from "../domain/publish-terms.ts";

export interface SyncDeps extends PublishDeps {
  readonly coupons: PublishDeps["coupons"] & {
    forGate(): AsyncIterable<Coupon>;
    find(couponId: string): Promise<Coupon | undefined>;
  };
  readonly standings: CouponStandings;
  readonly gateStandings: GateStandings;
  readonly log: Logger;
}

/**
 * Tells the gate again how all coupons stand that are not finished, and those of whose last change it is not known to have
 * heard; and, of the finished ones, those of which it holds older terms all the same. That heals a process that died between
 * the database and the gate, and a Redis that came back with older data.
 *
 * @returns the ids of those of which the gate had not heard
 * @throws when one could not be told, after all others were
 */
export async function syncCoupons(deps: SyncDeps, signal?: AbortSignal): Promise<string[]> {
  const pass = new Pass(deps);
  for await (const coupon of deps.coupons.forGate()) {
    if (signal?.aborted) break;
    await pass.tell(coupon.id, () => coupon);
  }
  await tellOlder(deps, pass, signal, ({ finished }) => finished);
  return pass.end();
}

/**
 * Tells the gate of the coupons of which it holds older terms, be they complete: with older terms one may be open again.
 *
 * @returns their ids
 * @throws when one could not be looked at or told, after all others were
 */
export async function syncOlderTerms(deps: SyncDeps, signal?: AbortSignal): Promise<string[]> {
  const pass = new Pass(deps);
  await tellOlder(deps, pass, signal);
  return pass.end();
}

async function tellOlder(
  { standings, gateStandings, coupons }: SyncDeps,
  pass: Pass,
  signal?: AbortSignal,
  isMeant: (coupon: CouponStanding) => boolean = () => true,
): Promise<void> {
  for await (const page of standings.standings()) {
    if (signal?.aborted) return;
    const meant = page.filter(isMeant);
    const { loaded, failure } = await gateStandings.read(meant.map(({ id }) => id));
    if (failure !== undefined) pass.failed(failure);
    for (const { id, version } of meant) {
      const held = loaded.get(id)?.version;
      if (held !== undefined && held < version) await pass.tell(id, () => coupons.find(id));
    }
  }
}

/** Goes on after a coupon that cannot be told: its shard may be away, or its key no hash, and the others' are not. */
class Pass {
  readonly #deps: SyncDeps;
  readonly #applied: string[] = [];
  #failures = 0;
  #firstFailure: unknown;

  constructor(deps: SyncDeps) {
    this.#deps = deps;
  }

  async tell(couponId: string, find: () => Coupon | undefined | Promise<Coupon | undefined>): Promise<void> {
    try {
      const coupon = await find();
      if (!coupon || (await publishTerms(this.#deps, coupon)) !== "APPLIED") return;
      this.#deps.log.info({ couponId, version: coupon.version }, "the gate had missed a change");
      this.#applied.push(couponId);
    } catch (error) {
      this.failed(error);
    }
  }

  failed(error: unknown): void {
    this.#firstFailure ??= error;
    this.#failures += 1;
  }

  /** One error for all, and not one line each: when Redis is away, that is every coupon. */
  end(): string[] {
    if (this.#failures === 0) return this.#applied;
    throw new Error(
      `the gate could not be told of all coupons; ${this.#failures} times it failed, first with the cause`,
      {
        cause: this.#firstFailure,
      },
    );
  }
}
