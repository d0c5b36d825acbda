import { LockMode } from "@mikro-orm/core";
import type { SqlEntityManager } from "@mikro-orm/mysql";
import { UserCoupon, type UserCouponState } from "./entities/user-coupon.ts";

/** A row of `user_coupon`. Times are epoch ms. */
export interface UserCouponRow {
  couponId: string;
  issueNo: number;
  userId: string;
  status: UserCouponState;
  acceptedAt: number;
  issuedAt: number;
  orderId: string | undefined;
  usedAt: number | undefined;
  revokedAt: number | undefined;
  revokeReason: string | undefined;
}

/** Where a page of a user's coupons ended. */
export interface UserCouponPosition {
  acceptedAt: number;
  couponId: string;
}

/** The table `user_coupon`, one user at a time, within one unit of work. */
export class UserCouponRepository {
  readonly #em: SqlEntityManager;

  constructor(em: SqlEntityManager) {
    this.#em = em;
  }

  async find(couponId: string, userId: string): Promise<UserCouponRow | undefined> {
    const row = await this.#em.findOne(UserCoupon, { couponId, userId });
    return row ? toRow(row) : undefined;
  }

  /** Within a transaction: nobody else changes the row until it ends. */
  async lock(couponId: string, userId: string): Promise<UserCouponRow | undefined> {
    const row = await this.#em.findOne(UserCoupon, { couponId, userId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    return row ? toRow(row) : undefined;
  }

  /** Writes the state of a row that is locked: its status and what goes with it. */
  async update(row: UserCouponRow): Promise<void> {
    await this.#em.nativeUpdate(
      UserCoupon,
      { couponId: row.couponId, issueNo: row.issueNo },
      {
        status: row.status,
        orderId: row.orderId ?? null,
        usedAt: toDate(row.usedAt),
        revokedAt: toDate(row.revokedAt),
        revokeReason: row.revokeReason ?? null,
      },
    );
  }

  /** One user's coupons, newest first, after `after`. */
  async page(
    userId: string,
    { after, limit }: { after?: UserCouponPosition | undefined; limit: number },
  ): Promise<UserCouponRow[]> {
    const rows = await this.#em.find(UserCoupon, after ? { userId, ...olderThan(after) } : { userId }, {
      orderBy: { acceptedAt: "desc", couponId: "desc" },
      limit,
    });
    return rows.map(toRow);
  }
}

function olderThan({ acceptedAt, couponId }: UserCouponPosition): object {
  const at = new Date(acceptedAt);
  return { acceptedAt: { $lte: at }, $or: [{ acceptedAt: { $lt: at } }, { couponId: { $lt: couponId } }] };
}

function toDate(at: number | undefined): Date | null {
  return at === undefined ? null : new Date(at);
}

function toRow(row: UserCoupon): UserCouponRow {
  return {
    couponId: row.couponId,
    issueNo: row.issueNo,
    userId: row.userId,
    status: row.status,
    acceptedAt: row.acceptedAt.getTime(),
    issuedAt: row.issuedAt.getTime(),
    orderId: row.orderId ?? undefined,
    usedAt: row.usedAt?.getTime(),
    revokedAt: row.revokedAt?.getTime(),
    revokeReason: row.revokeReason ?? undefined,
  };
}
