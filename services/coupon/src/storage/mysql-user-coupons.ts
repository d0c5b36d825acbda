import { type Database, transact, type UserCouponPosition, UserCouponRepository } from "@firstcome/database";
import type { UserCouponChanger } from "../domain/change-user-coupon.ts";
import type { IssuedCoupon } from "../domain/user-coupon.ts";
import { askDatabase } from "./faults.ts";

/** Users' coupons as the database has them. A row is the domain's IssuedCoupon, field by field. */
export class MysqlUserCoupons implements UserCouponChanger {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  find(couponId: string, userId: string): Promise<IssuedCoupon | undefined> {
    return askDatabase(() => new UserCouponRepository(this.#db.em()).find(couponId, userId));
  }

  /** Newest first. */
  page(userId: string, page: { after?: UserCouponPosition | undefined; limit: number }): Promise<IssuedCoupon[]> {
    return askDatabase(() => new UserCouponRepository(this.#db.em()).page(userId, page));
  }

  change: UserCouponChanger["change"] = (couponId, userId, rule) =>
    askDatabase(() =>
      transact(this.#db, async (em) => {
        const userCoupons = new UserCouponRepository(em);
        const row = await userCoupons.lock(couponId, userId);
        if (!row) return undefined;
        const ruling = rule(row);
        if (ruling.kind !== "CHANGE") return { ruling, row };
        await userCoupons.update(ruling.to);
        return { ruling, row: ruling.to };
      }),
    );
}
