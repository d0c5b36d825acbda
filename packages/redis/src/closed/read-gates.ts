import type { RedisClient } from "../connect.ts";
import type { CouponTerms } from "../coupon/terms.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";

/** What the gate decides by, as it stood at one instant. Times are epoch ms by the clock of Redis. */
export interface GateView {
  /** The instant, exact to the microsecond. */
  readonly readAt: number;
  readonly status: CouponTerms["status"];
  readonly quantity: number;
  readonly opensAt: number;
  readonly closesAt: number | undefined;
  /** Of these terms. */
  readonly version: number;
  /** The number that the next winner gets. */
  readonly nextNo: number;
  /** How the winners are stored. */
  readonly base: number;
  readonly buckets: number;
  /**
   * Alike in two views: the winners are the same. Winners come in by the gate, which counts `next_no` up and notes when,
   * or by a load, which leaves a mark of its own. They go out all together, when the coupon is retired, and then there is no
   * view. An operator who takes out a single one by hand grants it anew next, which counts `next_no` up.
   */
  readonly winnersAre: string;
}

export interface GateViews {
  /** Without those whose server did not answer, and those that are no hash. */
  readonly views: ReadonlyMap<string, GateView | "NOT_LOADED">;
  /** Those not loaded of which something is there all the same: of a load under way, or of a load or a retirement that was cut off. */
  readonly remains: ReadonlySet<string>;
  /** Why one is missing; undefined when all are there. */
  readonly failure: unknown;
}

const script = loadScript(new URL("./read-gates.lua", import.meta.url));

/** Coupons in one call of the script: some 0.5 ms of Redis. */
const COUPONS_AT_ONCE = 100;

/** How the gates of coupons stand. Never throws: on a cluster, a part may answer while another is away. */
export async function readGates(redis: RedisClient, keys: Keys, couponIds: readonly string[]): Promise<GateViews> {
  const views = new Map<string, GateView | "NOT_LOADED">();
  const remains = new Set<string>();
  let failure: unknown;
  await Promise.all(
    callsFor(keys, couponIds).map(async (ids) => {
      const names = ids.map((id) => keys.coupon(id));
      try {
        const [readAt, ...hashes] = (await script(redis, names, [])) as [string, ...(Hash | "UNREADABLE")[]];
        for (const [i, hash] of hashes.entries()) {
          if (hash === "UNREADABLE") {
            failure = new Error(`${names[i]} holds something that is no coupon`);
            continue;
          }
          const view = viewOf(Number(readAt), hash);
          views.set(ids[i] as string, view);
          if (view === "NOT_LOADED" && hash.some((value) => value !== null)) remains.add(ids[i] as string);
        }
      } catch (error) {
        failure = error;
      }
    }),
  );
  return { views, remains, failure };
}

/** One call touches one partition. */
function callsFor(keys: Keys, couponIds: readonly string[]): string[][] {
  const byPartition = Map.groupBy(couponIds, (id) => keys.partitionOf(id));
  return [...byPartition.values()].flatMap((ids) =>
    Array.from({ length: Math.ceil(ids.length / COUPONS_AT_ONCE) }, (_, i) =>
      ids.slice(i * COUPONS_AT_ONCE, (i + 1) * COUPONS_AT_ONCE),
    ),
  );
}

type Hash = readonly (string | null)[];

function viewOf(readAt: number, hash: Hash): GateView | "NOT_LOADED" {
  const [status, quantity, nextNo, opensAt, closesAt, base, buckets, lastAt, load, version] = hash;
  if (!status) return "NOT_LOADED";
  return {
    readAt,
    status: status as CouponTerms["status"],
    quantity: Number(quantity),
    opensAt: Number(opensAt),
    closesAt: closesAt ? Number(closesAt) : undefined,
    version: Number(version),
    nextNo: Number(nextNo),
    base: Number(base),
    buckets: Number(buckets),
    winnersAre: [load, base, buckets, nextNo, lastAt].join(" "),
  };
}
