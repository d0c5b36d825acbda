import { issueRows, WinnerRows, migrate, openDatabase } from "@firstcome/database";
import { FakeClock, cleanUpAfterFile, testDatabase } from "@firstcome/testkit";
import { silentLogger } from "@firstcome/runtime";
import { describe, expect, it } from "vitest";
import { UnwrittenNumbers } from "../../src/storage/unwritten-numbers.ts";

const db = await openDatabase({ url: (await testDatabase()).url, log: silentLogger });
cleanUpAfterFile(async () => await db[Symbol.asyncDispose]());
await migrate(db);

let nextCoupon = 1;

/** Rows of a new coupon with these numbers. */
async function couponWith(numbers: readonly number[]): Promise<string> {
  const couponId = String(nextCoupon++);
  const rows = numbers.map((issueNo) => ({ couponId, userId: `u${issueNo}`, issueNo, acceptedAt: 1_000 }));
  for (let i = 0; i < rows.length; i += 10_000) await issueRows(db.pool, rows.slice(i, i + 10_000));
  return couponId;
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, i) => i + 1);
const without = (numbers: readonly number[], ...missing: readonly number[]): number[] =>
  numbers.filter((no) => !missing.includes(no));

describe("UnwrittenNumbers", () => {
  it("finds gaps anywhere, at the ends and at the borders of what is read at once", async () => {
    const gaps = [1, 9_999, 10_000, 10_001, 15_000, 24_999];
    const couponId = await couponWith(without(upTo(24_990), ...gaps));
    const unwritten = new UnwrittenNumbers({ rows: new WinnerRows(db.pool), now: () => 0 });

    const { numbers, next } = await unwritten.find(couponId, { after: 0, upTo: 25_000 });

    expect(next).toBeUndefined();
    expect(numbers).toEqual([
      1, 9_999, 10_000, 10_001, 15_000, 24_991, 24_992, 24_993, 24_994, 24_995, 24_996, 24_997, 24_998, 24_999, 25_000,
    ]);
    expect(await unwritten.find(couponId, { after: 10_001, upTo: 20_000 })).toEqual({ numbers: [15_000] });
  });

  it("finds nothing where all is written, or nothing is asked for, and minds no rows beyond", async () => {
    const couponId = await couponWith(upTo(20));
    const unwritten = new UnwrittenNumbers({ rows: new WinnerRows(db.pool), now: () => 0 });

    for (const last of [0, 1, 10, 20]) {
      expect(await unwritten.find(couponId, { after: 0, upTo: last })).toEqual({ numbers: [] });
    }
    expect(await unwritten.find(couponId, { after: 0, upTo: 22 })).toEqual({ numbers: [21, 22] });
  });

  it("stops at a bound, and goes on from there", async () => {
    const couponId = await couponWith([]);
    const unwritten = new UnwrittenNumbers({ rows: new WinnerRows(db.pool), now: () => 0 });

    const found: number[] = [];
    let pages = 0;
    for (let after: number | undefined = 0; after !== undefined; pages += 1) {
      const page: { numbers: number[]; next?: number } = await unwritten.find(couponId, { after, upTo: 120_000 });
      found.push(...page.numbers);
      after = page.next;
    }

    expect(pages).toBeGreaterThan(1);
    expect(found).toEqual(upTo(120_000));
  });

  it("believes for an hour that what was written still is", async () => {
    const clock = new FakeClock(0);
    const couponId = await couponWith(upTo(10));
    const unwritten = new UnwrittenNumbers({ rows: new WinnerRows(db.pool), now: () => clock.now() });
    const find = async () => (await unwritten.find(couponId, { after: 0, upTo: 12 })).numbers;
    expect(await unwritten.find(couponId, { after: 0, upTo: 10 })).toEqual({ numbers: [] });

    await db.pool.query("DELETE FROM user_coupon WHERE coupon_id = ? AND issue_no = 5", [couponId]);

    expect(await find()).toEqual([11, 12]);
    clock.advance(3_600_000);
    expect(await find()).toEqual([5, 11, 12]);
  });
});
