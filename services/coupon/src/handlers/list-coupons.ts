import type { CouponAdminService } from "@firstcome/contracts/coupon";
import { DECIMAL, DEFAULT_PAGE_SIZE, type Handler, readPageToken, writePageToken } from "@firstcome/rpc";
import type { Clock } from "@firstcome/runtime";
import type { Coupon } from "../domain/coupon.ts";
import { couponMessage } from "./coupon-message.ts";

interface ListDeps {
  readonly clock: Clock;
  readonly coupons: { page(page: { before?: string | undefined; limit: number }): Promise<Coupon[]> };
}

export function listCoupons(app: ListDeps): Handler<typeof CouponAdminService, "listCoupons"> {
  return async ({ pageSize, pageToken }) => {
    const limit = pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize;
    const [before] = readPageToken(pageToken, [DECIMAL]) ?? [];
    // One more than asked for tells whether there is another page.
    const coupons = await app.coupons.page({ before, limit: limit + 1 });
    const page = coupons.slice(0, limit);
    const last = coupons.length > limit ? page.at(-1) : undefined;
    const now = app.clock.now();
    return {
      coupons: page.map((coupon) => couponMessage(coupon, now)),
      nextPageToken: last ? writePageToken([last.id]) : "",
    };
  };
}
