import type { CouponState, CouponTerms } from "@firstcome/redis";

/** Loads a coupon into the gate, open at once, as the coupon service does with one that has no rows. */
export async function openInGate(
  state: CouponState,
  { couponId, quantity }: Pick<CouponTerms, "couponId" | "quantity">,
): Promise<void> {
  const opensAt = Date.now();
  const terms: CouponTerms = { couponId, quantity, status: "PUBLISHABLE", opensAt, closesAt: undefined, version: 1 };
  const result = await state.load(couponId, {
    terms: () => Promise.resolve(terms),
    winners: async function* () {},
  });
  if (!result.loaded) throw new Error(`coupon ${couponId} could not be loaded: ${result.why}`);
}
