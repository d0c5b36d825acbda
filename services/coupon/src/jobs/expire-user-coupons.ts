import type { Logger } from "@firstcome/runtime";

export interface ExpireDeps {
  readonly expiring: {
    /** The coupons whose users' coupons expire, and how far each has been looked through. */
    coupons(): AsyncIterable<{ id: string; validForMs: number; expiredNo: number }>;
    /** Marks, among the next rows, those accepted by then; `next` is where to go on, if there may be more. */
    expire(
      couponId: string,
      from: { after: number; acceptedBy: number; limit: number },
    ): Promise<{ expired: number; next: number | undefined }>;
  };
  readonly log: Logger;
  readonly onExpired: (rows: number) => void;
}

/** Rows in one statement: few enough that nobody waits long for them. */
const ROWS_AT_ONCE = 1_000;

/**
 * Notes which users' coupons were not used in time. Nobody depends on it, since readers tell by the time; it is for those who
 * look at the rows. What fails for one coupon is logged and does not keep the others from theirs.
 *
 * @param now epoch ms
 * @returns how many were noted
 */
export async function expireUserCoupons(deps: ExpireDeps, now: number, signal?: AbortSignal): Promise<number> {
  let total = 0;
  for await (const { id, validForMs, expiredNo } of deps.expiring.coupons()) {
    try {
      for (let after: number | undefined = expiredNo; after !== undefined;) {
        if (signal?.aborted) return total;
        const from = { after, acceptedBy: now - validForMs, limit: ROWS_AT_ONCE };
        const { expired, next } = await deps.expiring.expire(id, from);
        deps.onExpired(expired);
        total += expired;
        after = next;
      }
    } catch (error) {
      deps.log.error({ err: error, couponId: id }, "users' coupons could not be expired");
    }
  }
  return total;
}
