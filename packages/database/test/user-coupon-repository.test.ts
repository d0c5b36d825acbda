import { describe, expect, it } from "vitest";
import { transact, UserCouponRepository, WinnerRows } from "../src/index.ts";
import { migratedDatabase } from "./migrated-database.ts";

const db = await migratedDatabase();
const userCoupons = (): UserCouponRepository => new UserCouponRepository(db.em());
const at = Date.UTC(2026, 0, 1, 0, 0, 0, 5);

async function issue(
  rows: readonly { couponId: string; userId: string; issueNo: number; acceptedAt: number }[],
): Promise<void> {
  await db.pool.query("INSERT INTO user_coupon (coupon_id, user_id, issue_no, accepted_at) VALUES ?", [
    rows.map((row) => [row.couponId, row.userId, row.issueNo, new Date(row.acceptedAt)]),
  ]);
}

describe("UserCouponRepository", () => {
  it("writes use and revocation and takes a use back", async () => {
    await issue([{ couponId: "1", userId: "kim", issueNo: 1, acceptedAt: at }]);
    const fresh = await userCoupons().find("1", "kim");
    expect(fresh).toEqual({
      couponId: "1",
      userId: "kim",
      issueNo: 1,
      status: "ISSUED",
      acceptedAt: at,
      issuedAt: expect.any(Number),
      orderId: undefined,
      usedAt: undefined,
      revokedAt: undefined,
      revokeReason: undefined,
    });

    for (const change of [
      { status: "USED", orderId: "77", usedAt: at + 1 },
      { status: "ISSUED", orderId: undefined, usedAt: undefined },
      { status: "REVOKED", revokedAt: at + 2, revokeReason: "부정 사용" },
    ] as const) {
      const changed = await transact(db, async (em) => {
        const repository = new UserCouponRepository(em);
        const row = await repository.lock("1", "kim");
        if (!row) throw new Error("no row");
        await repository.update({ ...row, ...change });
        return { ...row, ...change };
      });
      expect(await userCoupons().find("1", "kim")).toEqual(changed);
    }
  });

  it("tells users apart by case", async () => {
    await issue([{ couponId: "2", userId: "Lee", issueNo: 1, acceptedAt: at }]);

    expect(await userCoupons().find("2", "lee")).toBeUndefined();
  });

  it("pages one user's coupons newest first, also within one instant", async () => {
    await issue([
      { couponId: "3", userId: "park", issueNo: 1, acceptedAt: at },
      { couponId: "4", userId: "park", issueNo: 9, acceptedAt: at },
      { couponId: "5", userId: "park", issueNo: 1, acceptedAt: at + 1 },
      { couponId: "5", userId: "choi", issueNo: 2, acceptedAt: at + 1 },
    ]);

    const pages: string[][] = [];
    let after: { acceptedAt: number; couponId: string } | undefined;
    do {
      const rows = await userCoupons().page("park", { after, limit: 1 });
      pages.push(rows.map(({ couponId }) => couponId));
      after = rows.at(-1);
    } while (after);

    expect(pages).toEqual([["5"], ["4"], ["3"], []]);
  });
});

describe("WinnerRows", () => {
  const winners = new WinnerRows(db.pool);

  it("streams by number in chunks", async () => {
    await issue(
      [5, 3, 1, 4, 2].map((issueNo) => ({ couponId: "10", userId: `u${issueNo}`, issueNo, acceptedAt: at + issueNo })),
    );

    const chunks = await collect(winners.chunks("10", 2));

    expect(chunks.map((chunk) => chunk.map(({ issueNo }) => issueNo))).toEqual([[1, 2], [3, 4], [5]]);
    expect(chunks[0]?.[0]).toEqual({ userId: "u1", issueNo: 1, acceptedAt: at + 1 });
    expect(await collect(winners.chunks("11"))).toEqual([]);
  });

  it("counts", async () => {
    await issue([1, 2, 3, 4, 9].map((issueNo) => ({ couponId: "12", userId: `u${issueNo}`, issueNo, acceptedAt: at })));

    expect(await winners.count("12")).toBe(5);
    expect(await winners.highestNo("12")).toBe(9);
    expect(await winners.highestNo("13")).toBe(0);
    expect(await winners.countBySpan("12", { after: 1, span: 2 })).toEqual([2, 1, 0, 1]);
    expect(await winners.countBySpan("12", { after: 9, span: 2 })).toEqual([]);
    expect(await winners.committed("12", [4, 5, 9])).toEqual(new Set([4, 9]));
    expect(await winners.committed("12", [])).toEqual(new Set());
  });

  it("tells the highest numbers of many coupons: of those that have rows", async () => {
    await issue([1, 2, 7].map((issueNo) => ({ couponId: "14", userId: `u${issueNo}`, issueNo, acceptedAt: at })));
    await issue([{ couponId: "15", userId: "u1", issueNo: 3, acceptedAt: at }]);

    const highest = await winners.highestNos(["15", "16", "14"]);
    expect(highest).toEqual(new Map(Object.entries({ 14: 7, 15: 3 })));
    expect(await winners.highestNos([])).toEqual(new Map());
  });
});

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
