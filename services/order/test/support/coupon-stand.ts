import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { createFirstcomeClient, type FirstcomeClient } from "@firstcome/client";
import { type DiscountSchema, type UserCoupon, UserCouponStatus } from "@firstcome/contracts/coupon";
import { issueRows, type Database } from "@firstcome/database";
import { findFreePort, type ServiceProcess, startService } from "@firstcome/stack";
import { cleanUpAfterFile, testRedis } from "@firstcome/testkit";
import { newId, there } from "./counter.ts";

export type Discount = MessageInitShape<typeof DiscountSchema>;

export const amountOff = (krw: bigint): Discount => ({ kind: { case: "amountOffKrw", value: krw } });
export const percentOff = (percent: number, maxDiscountKrw = 0n): Discount => ({
  kind: { case: "percentOff", value: percent },
  maxDiscountKrw,
});

/** The real coupon service as a process of its own, which can be ended and started again at the same address. */
export class CouponStand {
  readonly address: string;
  readonly #env: Record<string, string>;
  #client: FirstcomeClient;
  #process: ServiceProcess | undefined;

  constructor(port: number, env: Record<string, string>) {
    this.address = `127.0.0.1:${port}`;
    this.#env = { ...env, PORT: String(port) };
    this.#client = createFirstcomeClient({ coupon: this.address });
  }

  async start(): Promise<void> {
    this.#process = await startService({ name: "coupon", env: this.#env });
    // The connection of before would take its time to find out that somebody listens again.
    this.#client.close();
    this.#client = createFirstcomeClient({ coupon: this.address });
  }

  async kill(): Promise<void> {
    await this.#process?.kill();
  }

  /** Ends it if it runs, and brings it back at the same address. */
  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** It hangs, with its connections open. */
  freeze(): void {
    this.#process?.freeze();
  }

  thaw(): void {
    this.#process?.thaw();
  }

  async close(): Promise<void> {
    this.#client.close();
    await this.#process?.stop();
  }

  /** A coupon that a user has won and whose row is committed; its id. */
  async give(
    db: Database,
    discount: Discount,
    { userId = "kim", validForMs }: { userId?: string; validForMs?: number } = {},
  ): Promise<string> {
    const couponId = await this.announce(discount, validForMs);
    const { issueNo } = await this.#client.coupons.issueCoupon({ couponId, userId });
    await issueRows(db.pool, [{ couponId, userId, issueNo, acceptedAt: Date.now() }]);
    return couponId;
  }

  /** A coupon that nobody has won yet; its id. */
  async announce(discount: Discount, validForMs?: number): Promise<string> {
    const { coupon } = await this.#client.couponAdmin.createCoupon({
      requestId: newId(),
      name: "첫 구매 쿠폰",
      quantity: 10,
      discount,
      validFor: validForMs === undefined ? undefined : durationFromMs(validForMs),
    });
    return there(coupon).id;
  }

  /** Won, and the row not there yet. */
  async win(couponId: string, userId = "kim"): Promise<{ issueNo: number }> {
    return this.#client.coupons.issueCoupon({ couponId, userId });
  }

  async revoke(couponId: string, userId = "kim"): Promise<void> {
    await this.#client.couponAdmin.revokeUserCoupon({ couponId, userId, reason: "test" });
  }

  /** "ISSUED", or "USED on 7". */
  async state(couponId: string, userId = "kim"): Promise<string> {
    const { userCoupon } = await this.#client.coupons.getUserCoupon({ couponId, userId });
    const { status, orderId }: UserCoupon = there(userCoupon);
    const [name] = Object.entries(UserCouponStatus).find(([, value]) => value === status) ?? [];
    return status === UserCouponStatus.USED ? `USED on ${orderId}` : String(name);
  }
}

/** Starts the coupon service on a schema. */
export async function startCouponStand(mysqlUrl: string): Promise<CouponStand> {
  const { url, keyPrefix } = testRedis();
  const stand = new CouponStand(await findFreePort(), {
    MYSQL_URL: mysqlUrl,
    REDIS_URL: url,
    REDIS_KEY_PREFIX: keyPrefix,
  });
  await stand.start();
  cleanUpAfterFile(() => stand.close());
  return stand;
}
