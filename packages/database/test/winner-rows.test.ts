import { describe, expect, it } from "vitest";
import { issueRows, WinnerRows } from "../src/index.ts";
import { migratedDatabase } from "./migrated-database.ts";

const db = await migratedDatabase();
const rows = new WinnerRows(db.pool);
const AT = Date.UTC(2026, 0, 1, 0, 0, 0, 123);

await issueRows(db.pool, [
  { couponId: "7", userId: "kim", issueNo: 1, acceptedAt: AT },
  { couponId: "7", userId: "lee", issueNo: 3, acceptedAt: AT + 5 },
  { couponId: "9007199254740993", userId: "kim", issueNo: 2, acceptedAt: AT },
]);

describe("WinnerRows", () => {
  it("tells what users have won, in the order of the questions, of many coupons at once", async () => {
    const asked = [
      { couponId: "7", userId: "lee" },
      { couponId: "7", userId: "Kim" },
      { couponId: "8", userId: "kim" },
      { couponId: "9007199254740993", userId: "kim" },
      { couponId: "9007199254740992", userId: "kim" },
      { couponId: "7", userId: "lee" },
      { couponId: "7", userId: "kim" },
    ];

    expect(await rows.winnings(asked)).toEqual([
      { issueNo: 3, acceptedAt: AT + 5 },
      undefined,
      undefined,
      { issueNo: 2, acceptedAt: AT },
      undefined,
      { issueNo: 3, acceptedAt: AT + 5 },
      { issueNo: 1, acceptedAt: AT },
    ]);
    expect(await rows.winnings([])).toEqual([]);
  });

  it("tells whose rows numbers are", async () => {
    expect(await rows.holders("7", [1, 2, 3])).toEqual(
      new Map([
        [1, "kim"],
        [3, "lee"],
      ]),
    );
  });
});
