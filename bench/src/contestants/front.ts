import type { MeasuredProcess } from "../measure/cpu-clock.ts";

/** What load can be put on: a gRPC server of IssueCoupon and IssueCoupons, and all processes behind it. */
export interface Front extends AsyncDisposable {
  readonly address: string;
  readonly processes: readonly MeasuredProcess[];
  /** A new coupon of so many pieces, open at once. */
  openCoupon(quantity: number): Promise<string>;
}
