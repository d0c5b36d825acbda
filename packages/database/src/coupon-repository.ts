import { LockMode, raw } from "@mikro-orm/core";
import type { SqlEntityManager } from "@mikro-orm/mysql";
import { type Completion, toCompletion } from "./completion.ts";
import { Coupon, type CouponState } from "./entities/coupon.ts";

/** A row of `coupon`. Times are epoch ms, amounts whole KRW. */
export interface CouponRow {
  id: string;
  name: string;
  quantity: number;
  status: CouponState;
  opensAt: number;
  closesAt: number | undefined;
  amountOffKrw: number | undefined;
  percentOff: number | undefined;
  minOrderKrw: number;
  maxDiscountKrw: number;
  validForMs: number | undefined;
  version: number;
  createdAt: number;
  /** Undefined: not known to be complete. */
  completed: Completion | undefined;
}

export type NewCouponRow = Omit<CouponRow, "id" | "status" | "version" | "completed">;

/** The table `coupon`, within one unit of work. */
export class CouponRepository {
  readonly #em: SqlEntityManager;

  constructor(em: SqlEntityManager) {
    this.#em = em;
  }

  async find(id: string): Promise<CouponRow | undefined> {
    const coupon = await this.#em.findOne(Coupon, { id });
    return coupon ? toRow(coupon) : undefined;
  }

  /** Those of them that exist, in any order. */
  async findAll(ids: readonly string[]): Promise<CouponRow[]> {
    if (ids.length === 0) return [];
    const coupons = await this.#em.find(Coupon, { id: { $in: [...ids] } });
    return coupons.map(toRow);
  }

  /** Within a transaction: nobody else changes the row until it ends. */
  async lock(id: string): Promise<CouponRow | undefined> {
    const coupon = await this.#em.findOne(Coupon, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
    return coupon ? toRow(coupon) : undefined;
  }

  /** Newest first. `before` is the last id of the page before. */
  async page({ before, limit }: { before?: string | undefined; limit: number }): Promise<CouponRow[]> {
    const coupons = await this.#em.find(Coupon, before === undefined ? {} : { id: { $lt: before } }, {
      orderBy: { id: "desc" },
      limit,
    });
    return coupons.map(toRow);
  }

  /** "0" when there is none. */
  async highestId(): Promise<string> {
    const [row] = await this.#em.execute<{ id: string }[]>("SELECT COALESCE(MAX(id), 0) AS id FROM coupon");
    return String(row?.id ?? 0);
  }

  async insert(row: NewCouponRow): Promise<CouponRow> {
    const { opensAt, closesAt, createdAt, ...rest } = row;
    const coupon = this.#em.create(Coupon, {
      ...rest,
      opensAt: new Date(opensAt),
      closesAt: closesAt === undefined ? null : new Date(closesAt),
      createdAt: new Date(createdAt),
      status: "PUBLISHABLE",
      version: 1,
      gateVersion: 0,
    });
    await this.#em.flush();
    return toRow(coupon);
  }

  /** Changes a row that is locked, and counts its version up. */
  async update(locked: CouponRow, change: { status?: CouponState; quantity?: number }): Promise<CouponRow> {
    const changed = { ...locked, ...change, version: locked.version + 1 };
    const rows = await this.#em.nativeUpdate(
      Coupon,
      { id: locked.id, version: locked.version },
      { status: changed.status, quantity: changed.quantity, version: changed.version },
    );
    if (rows !== 1) throw new Error(`coupon ${locked.id} was changed without its lock`);
    return changed;
  }

  /** By id, after `after`. */
  async pageUnfinished({ after, limit }: { after: string; limit: number }): Promise<CouponRow[]> {
    const unfinished = { id: { $gt: after }, status: { $ne: "FINISHED" as const } };
    const coupons = await this.#em.find(Coupon, unfinished, { orderBy: { id: "asc" }, limit });
    return coupons.map(toRow);
  }

  /**
   * What the gate should hear of again: every coupon that is not finished, and those of which it is not known to have
   * heard the last word. By id, after `after`.
   */
  async pageForGate({ after, limit }: { after: string; limit: number }): Promise<CouponRow[]> {
    const coupons = await this.#em.find(
      Coupon,
      { id: { $gt: after }, $or: [{ status: { $ne: "FINISHED" } }, { gateVersion: { $lt: raw("version") } }] },
      { orderBy: { id: "asc" }, limit },
    );
    return coupons.map(toRow);
  }

  /** Notes that the gate holds this version. */
  async markInGate(id: string, version: number): Promise<void> {
    await this.#em.nativeUpdate(Coupon, { id, gateVersion: { $lt: version } }, { gateVersion: version });
  }
}

function toRow(coupon: Coupon): CouponRow {
  return {
    id: coupon.id,
    name: coupon.name,
    quantity: coupon.quantity,
    status: coupon.status,
    opensAt: coupon.opensAt.getTime(),
    closesAt: coupon.closesAt?.getTime(),
    amountOffKrw: coupon.amountOffKrw ?? undefined,
    percentOff: coupon.percentOff ?? undefined,
    minOrderKrw: coupon.minOrderKrw,
    maxDiscountKrw: coupon.maxDiscountKrw,
    validForMs: coupon.validForMs ?? undefined,
    version: coupon.version,
    createdAt: coupon.createdAt.getTime(),
    completed: toCompletion(coupon.completedNo, coupon.completedRows),
  };
}
