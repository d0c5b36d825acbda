import type { CouponService } from "@firstcome/contracts/coupon";
import { assertActsFor, DECIMAL, DEFAULT_PAGE_SIZE, type Handler, readPageToken, writePageToken } from "@firstcome/rpc";
import type { Clock } from "@firstcome/runtime";
import type { CouponFacts } from "../domain/coupon.ts";
import { type IssuedCoupon, issued } from "../domain/user-coupon.ts";
import { userCouponMessage } from "./user-coupon-message.ts";

interface ListDeps {
  readonly clock: Clock;
  readonly userCoupons: {
    page(
      userId: string,
      page: { after?: { acceptedAt: number; couponId: string } | undefined; limit: number },
    ): Promise<IssuedCoupon[]>;
  };
  readonly facts: { ofAll(couponIds: readonly string[]): Promise<Map<string, CouponFacts>> };
}

/** Epoch ms, up to the year 5138: the database refuses to compare with what is no date. */
const INSTANT = /^\d{1,14}$/;

export function listUserCoupons(app: ListDeps): Handler<typeof CouponService, "listUserCoupons"> {
  return async ({ userId, pageSize, pageToken }, ctx) => {
    assertActsFor(ctx, userId);
    const limit = pageSize === 0 ? DEFAULT_PAGE_SIZE : pageSize;
    const [acceptedAt, couponId] = readPageToken(pageToken, [INSTANT, DECIMAL]) ?? [];
    const after = couponId === undefined ? undefined : { acceptedAt: Number(acceptedAt), couponId };

    // One more than asked for tells whether there is another page.
    const rows = await app.userCoupons.page(userId, { after, limit: limit + 1 });
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    const facts = await app.facts.ofAll(page.map((row) => row.couponId));
    const now = app.clock.now();
    return {
      userCoupons: page.flatMap((row) => {
        const known = facts.get(row.couponId);
        return known ? [userCouponMessage(issued(row, known, now))] : [];
      }),
      nextPageToken: last ? writePageToken([String(last.acceptedAt), last.couponId]) : "",
    };
  };
}
