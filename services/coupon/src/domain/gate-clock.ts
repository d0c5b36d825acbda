/** The clock by which coupons open and close. It is not that of this machine. */
export interface GateClock {
  /** Epoch ms where this coupon's gate is. */
  now(couponId: string): Promise<number>;
}
