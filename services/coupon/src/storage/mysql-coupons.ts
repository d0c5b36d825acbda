import {
  abandon,
  claim,
  CouponRepository,
  type Database,
  type RequestKey,
  remember,
  transact,
} from "@firstcome/database";
import type { ChangeDeps, CouponChanger } from "../domain/change-coupon.ts";
import type { Coupon } from "../domain/coupon.ts";
import type { CouponMaker } from "../domain/create-coupon.ts";
import { toCoupon, toNewRow } from "./coupon-row.ts";
import { askDatabase } from "./faults.ts";

/** Coupons as the database has them. */
export class MysqlCoupons implements CouponMaker, CouponChanger {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async find(couponId: string): Promise<Coupon | undefined> {
    const row = await askDatabase(() => this.#repository().find(couponId));
    return row && toCoupon(row);
  }

  /** Those of them that exist, in any order. */
  async findAll(couponIds: readonly string[]): Promise<Coupon[]> {
    const rows = await askDatabase(() => this.#repository().findAll(couponIds));
    return rows.map(toCoupon);
  }

  /** Newest first. `before` is the last id of the page before. */
  async page(page: { before?: string | undefined; limit: number }): Promise<Coupon[]> {
    const rows = await askDatabase(() => this.#repository().page(page));
    return rows.map(toCoupon);
  }

  /** "0" when there is none. */
  highestId(): Promise<string> {
    return askDatabase(() => this.#repository().highestId());
  }

  create: CouponMaker["create"] = (requestId, order, draft) => {
    const key: RequestKey = { scope: "CreateCoupon", requestId, content: order };
    return this.#transact(async (em) => {
      const coupons = new CouponRepository(em);
      const claimed = await claim(em, key);
      if (claimed.kind === "REUSED") return { kind: "REQUEST_ID_REUSED" };
      if (claimed.kind === "REPEATED") return { kind: "CREATED", coupon: await existing(coupons, claimed.resourceId) };
      const drafted = draft();
      if (drafted.kind === "INVALID") {
        await abandon(em, key);
        return drafted;
      }
      const row = await coupons.insert(toNewRow(drafted.coupon));
      await remember(em, key, row.id);
      return { kind: "CREATED", coupon: toCoupon(row) };
    });
  };

  change: CouponChanger["change"] = (couponId, rule, request) => {
    const key = request && { scope: request.method, requestId: request.requestId, content: request.content };
    return this.#transact(async (em) => {
      const coupons = new CouponRepository(em);
      // The coupon's row first, so that all who change one coupon queue there and cannot deadlock.
      const row = await coupons.lock(couponId);
      if (!row) return { kind: "UNKNOWN_COUPON" };
      const coupon = toCoupon(row);
      const claimed = key && (await claim(em, key));
      if (claimed?.kind === "REUSED") return { kind: "REQUEST_ID_REUSED" };
      if (claimed?.kind === "REPEATED") return { kind: "DONE", coupon };
      const ruling = rule(coupon);
      if (ruling.kind === "REFUSE") {
        if (key) await abandon(em, key);
        return { kind: "REFUSED", why: ruling.why };
      }
      if (key) await remember(em, key, couponId);
      if (ruling.kind === "KEEP") return { kind: "DONE", coupon };
      const { state, quantity } = ruling.to;
      const changed = await coupons.update(row, {
        status: state ?? row.status,
        quantity: quantity ?? row.quantity,
      });
      return { kind: "DONE", coupon: toCoupon(changed) };
    });
  };

  markInGate: ChangeDeps["coupons"]["markInGate"] = (couponId, version) =>
    askDatabase(() => this.#repository().markInGate(couponId, version));

  /** Every coupon that is not finished, by id, in pages. */
  unfinished(): AsyncIterable<Coupon> {
    return this.#each((page) => this.#repository().pageUnfinished(page));
  }

  /** What the gate should hear of again: what is not finished, and what it is not known to have heard the last word of. */
  forGate(): AsyncIterable<Coupon> {
    return this.#each((page) => this.#repository().pageForGate(page));
  }

  async *#each(
    readPage: (page: { after: string; limit: number }) => ReturnType<CouponRepository["pageForGate"]>,
  ): AsyncIterable<Coupon> {
    for (let after = "0"; ;) {
      const from = after;
      const rows = await askDatabase(() => readPage({ after: from, limit: PAGE }));
      yield* rows.map(toCoupon);
      const last = rows.at(-1);
      if (!last || rows.length < PAGE) return;
      after = last.id;
    }
  }

  #transact<T>(work: Parameters<typeof transact<T>>[1]): Promise<T> {
    return askDatabase(() => transact(this.#db, work));
  }

  #repository(): CouponRepository {
    return new CouponRepository(this.#db.em());
  }
}

const PAGE = 200;

async function existing(coupons: CouponRepository, id: string): Promise<Coupon> {
  const row = await coupons.find(id);
  if (!row) throw new Error(`coupon ${id} was created and is not there`);
  return toCoupon(row);
}
