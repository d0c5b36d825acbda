import type { FirstcomeClient } from "@firstcome/client";
import { type Discount as DiscountMessage, UserCouponStatus } from "@firstcome/contracts/coupon";
import { Code, RpcError } from "@firstcome/rpc";
import type { CouponRefusal, Coupons } from "../domain/coupons.ts";
import type { Discount } from "../domain/discount.ts";
import { remoteFault } from "./remote-fault.ts";

/** The coupon service, called over gRPC. No call takes longer than `timeoutMs`. */
export class CouponServiceClient implements Coupons {
  readonly #client: Pick<FirstcomeClient, "coupons" | "couponAdmin">;
  readonly #timeoutMs: number;
  /** They never change. */
  readonly #discounts = new Map<string, Discount>();

  constructor(client: Pick<FirstcomeClient, "coupons" | "couponAdmin">, { timeoutMs }: { timeoutMs: number }) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
  }

  look: Coupons["look"] = async (couponId, userId, deadline) => {
    const options = { timeoutMs: this.#timeoutMs, deadline };
    try {
      const [{ userCoupon }, discount] = await Promise.all([
        this.#client.coupons.getUserCoupon({ couponId, userId }, options),
        this.#discounts.get(couponId) ?? this.#askDiscount(couponId, options),
      ]);
      const why = userCoupon && UNUSABLE.get(userCoupon.status);
      return why ? { kind: "REFUSED", why } : { kind: "USABLE", discount };
    } catch (error) {
      return refusedOrThrow(error);
    }
  };

  // Not given up when the caller of PayOrder is: what was begun is brought to an end that its retry finds.
  use: Coupons["use"] = async (on, amountKrw) => {
    try {
      const request = { ...on, orderAmountKrw: BigInt(amountKrw) };
      const { discountKrw } = await this.#client.coupons.useCoupon(request, { timeoutMs: this.#timeoutMs });
      return { kind: "USED", discountKrw: Number(discountKrw) };
    } catch (error) {
      return refusedOrThrow(error);
    }
  };

  giveBack: Coupons["giveBack"] = async (on) => {
    try {
      await this.#client.coupons.restoreCoupon({ ...on }, { timeoutMs: this.#timeoutMs });
    } catch (error) {
      // A coupon that the user does not have is held by no order.
      if (!(error instanceof RpcError) || error.code !== Code.NOT_FOUND) throw remoteFault("COUPON_SERVICE", error);
    }
  };

  async #askDiscount(
    couponId: string,
    options: { timeoutMs: number; deadline: number | undefined },
  ): Promise<Discount> {
    const { coupon } = await this.#client.couponAdmin.getCoupon({ couponId }, options);
    if (!coupon?.discount) throw new Error(`coupon ${couponId} has no discount`);
    const discount = fromMessage(coupon.discount);
    if (this.#discounts.size >= MOST_DISCOUNTS) this.#discounts.delete(this.#discounts.keys().next().value ?? "");
    this.#discounts.set(couponId, discount);
    return discount;
  }
}

/** Some 100 bytes each; the oldest is forgotten first, and merely asked for again. */
const MOST_DISCOUNTS = 10_000;

const UNUSABLE: ReadonlyMap<UserCouponStatus, CouponRefusal> = new Map([
  [UserCouponStatus.USED, "USER_COUPON_USED"],
  [UserCouponStatus.EXPIRED, "USER_COUPON_EXPIRED"],
  [UserCouponStatus.REVOKED, "USER_COUPON_REVOKED"],
]);

const REFUSALS: ReadonlySet<string> = new Set<CouponRefusal>([
  "USER_COUPON_USED",
  "USER_COUPON_EXPIRED",
  "USER_COUPON_REVOKED",
  "ORDER_BELOW_MINIMUM",
]);

function refusedOrThrow(error: unknown): { kind: "REFUSED"; why: CouponRefusal } {
  if (error instanceof RpcError) {
    // Of the coupon, or of the user's piece of it: either way the user does not have it.
    if (error.code === Code.NOT_FOUND) return { kind: "REFUSED", why: "USER_COUPON_NOT_FOUND" };
    if (isRefusal(error.reason)) return { kind: "REFUSED", why: error.reason };
  }
  throw remoteFault("COUPON_SERVICE", error);
}

function isRefusal(reason: string): reason is CouponRefusal {
  return REFUSALS.has(reason);
}

/** The amounts are bounded by the contract's rules, far within what a number holds. */
function fromMessage({ kind, minOrderKrw, maxDiscountKrw }: DiscountMessage): Discount {
  const bounds = { minOrderKrw: Number(minOrderKrw), maxDiscountKrw: Number(maxDiscountKrw) };
  if (kind.case === "amountOffKrw") return { kind: { type: "AMOUNT", krw: Number(kind.value) }, ...bounds };
  if (kind.case === "percentOff") return { kind: { type: "PERCENT", percent: kind.value }, ...bounds };
  throw new Error("the contract requires one kind of discount");
}
