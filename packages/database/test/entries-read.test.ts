import type { RowDataPacket } from "mysql2/promise";
import { describe, expect, it } from "vitest";
import {
  CouponRepository,
  ExpiringRows,
  type IssueRow,
  issueRows,
  OutboxRepository,
  UserCouponRepository,
  WinnerRows,
} from "../src/index.ts";
import { aCoupon } from "./a-coupon.ts";
import { migratedDatabase } from "./migrated-database.ts";

const ROWS = 20_000;
/** A statement, so that no packet is too large. */
const AT_ONCE = 5_000;
const ACCEPTED_AT = Date.UTC(2026, 0, 1);

// One connection: the server counts what each has read.
const db = await migratedDatabase({ poolSize: 1 });
const { pool } = db;
const { id: LARGE } = await new CouponRepository(db.em()).insert(aCoupon({ quantity: ROWS, validForMs: 1_000 }));
const ALSO_LARGE = "1000001";
const SMALL = "1000002";
const NONE = "1000003";
await issue(LARGE, ROWS);
await issue(ALSO_LARGE, ROWS);
await issue(SMALL, 3);

const winners = new WinnerRows(pool);
const expiring = new ExpiringRows(pool);
const userCoupons = (): UserCouponRepository => new UserCouponRepository(db.em());

describe("of coupons with 20 000 rows each", () => {
  it("the highest numbers are found by an entry of the index or two for each coupon", async () => {
    const couponIds = [LARGE, NONE, ALSO_LARGE, SMALL];

    const { found, read } = await counted(() => winners.highestNos(couponIds));

    expect(found).toEqual(new Map(Object.entries({ [LARGE]: ROWS, [ALSO_LARGE]: ROWS, [SMALL]: 3 })));
    // The coupons that are asked for are read as rows, too.
    expect(read).toBeLessThanOrEqual(5 * couponIds.length);
  });

  it.each<[what: string, ask: () => Promise<unknown>]>([
    ["the highest number of one", () => winners.highestNo(LARGE)],
    ["what users have won", () => winners.winnings([asked(LARGE, 7), asked(ALSO_LARGE, ROWS), asked(LARGE, ROWS + 1)])],
    ["which numbers are committed", () => winners.committed(LARGE, [1, ROWS / 2, ROWS, ROWS + 1])],
    ["whose numbers are", () => winners.holders(LARGE, [1, ROWS / 2, ROWS])],
    ["the last numbers", () => winners.numbers(LARGE, { after: ROWS - 10, upTo: 2 * ROWS })],
    ["how many the last rows are", () => winners.countBySpan(LARGE, { after: ROWS - 10, span: 5 })],
    ["the first chunk", () => winners.chunks(LARGE, 10)[Symbol.asyncIterator]().next()],
    ["a user's row", () => userCoupons().find(LARGE, userIdOf(ROWS - 17))],
    ["a user's first page", () => userCoupons().page(userIdOf(ROWS - 17), { limit: 1 })],
    ["a user's next page", () => userCoupons().page(userIdOf(ROWS - 17), { limit: 1, after: FIRST_PAGE_END })],
    ["which coupons have rows that may expire", () => expiring.coupons()[Symbol.asyncIterator]().next()],
    ["the next rows to expire", () => expiring.expire(LARGE, { after: ROWS / 2, acceptedBy: Date.now(), limit: 10 })],
    ["rows that are delivered again", () => issueRows(pool, rowsOf(LARGE, ROWS - 9, 10))],
  ])("%s: a few entries are read, not all", async (_, ask) => {
    const { read } = await counted(ask);

    expect(read).toBeGreaterThan(0);
    expect(read).toBeLessThan(200);
  });
});

describe("of an outbox of 30 000 messages", () => {
  const MESSAGES = 30_000;
  const outbox = new OutboxRepository(db.em());

  it("how far it is behind is found by as many entries of an index as are counted, and by none of another kind", async () => {
    for (let n = 0; n < MESSAGES; n += AT_ONCE) {
      const due = new Date(ACCEPTED_AT + n).toISOString().slice(0, -1);
      const rows = Array.from({ length: AT_ONCE }, (_, i) => ["LONG", n + i + 1, "{}", due, due]);
      await pool.query("INSERT INTO outbox (kind, order_id, payload, due_at, next_attempt_at) VALUES ?", [rows]);
    }
    await outbox.append([{ kind: "SHORT", orderId: "1", payload: "{}", dueInMs: 0 }]);

    const long = await counted(() => outbox.backlog("LONG"));
    const short = await counted(() => outbox.backlog("SHORT"));

    expect(long.found.rows).toBe(10_000);
    expect(long.found.lagMs).toBeGreaterThan(Date.now() - ACCEPTED_AT - 60_000);
    // Each is read again when it is counted.
    expect(long.read).toBeLessThanOrEqual(2 * 10_000 + 10);
    expect(short.found.rows).toBe(1);
    expect(short.read).toBeLessThanOrEqual(10);
  });
});

/** A user's newest: all were accepted at once, and the coupon's id decides. */
const FIRST_PAGE_END = { acceptedAt: ACCEPTED_AT, couponId: ALSO_LARGE };

/** What a statement finds, and how many rows and entries of indexes the server has read for it. */
async function counted<T>(ask: () => Promise<T>): Promise<{ found: T; read: number }> {
  await pool.query("FLUSH STATUS");
  const found = await ask();
  const [rows] = await pool.query<RowDataPacket[]>("SHOW SESSION STATUS LIKE 'Handler_read%'");
  return { found, read: rows.reduce((sum, row) => sum + Number(row["Value"]), 0) };
}

async function issue(couponId: string, rows: number): Promise<void> {
  for (let first = 1; first <= rows; first += AT_ONCE) {
    await issueRows(pool, rowsOf(couponId, first, Math.min(AT_ONCE, rows - first + 1)));
  }
}

function rowsOf(couponId: string, first: number, count: number): IssueRow[] {
  return Array.from({ length: count }, (_, i) => ({
    ...asked(couponId, first + i),
    issueNo: first + i,
    acceptedAt: ACCEPTED_AT,
  }));
}

function asked(couponId: string, n: number): { couponId: string; userId: string } {
  return { couponId, userId: userIdOf(n) };
}

function userIdOf(n: number): string {
  return `user-${n}`;
}
