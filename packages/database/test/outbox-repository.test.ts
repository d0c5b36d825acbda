import { describe, expect, it } from "vitest";
import { type NewOutboxRow, OutboxRepository, type OutboxRow, transact } from "../src/index.ts";
import { migratedDatabase } from "./migrated-database.ts";

const db = await migratedDatabase();
const outbox = (): OutboxRepository => new OutboxRepository(db.em());

/** Longer than any test takes. */
const CLAIM_MS = 600_000;

const message = (values: Partial<NewOutboxRow>): NewOutboxRow => ({
  kind: "TEST",
  orderId: "1",
  payload: "{}",
  dueInMs: 0,
  ...values,
});

const claim = (kind: string, limit = 10): Promise<OutboxRow[]> =>
  transact(db, (em) => new OutboxRepository(em).claim({ kind, forMs: CLAIM_MS, limit }));

/** What there is of a kind was written so much longer ago: its times are the database's, which no test can set. */
async function letPass(kind: string, ms: number): Promise<void> {
  const earlier = [ms * 1_000, ms * 1_000, kind];
  await db.pool.query(
    `UPDATE outbox SET due_at = due_at - INTERVAL ? MICROSECOND, next_attempt_at = next_attempt_at - INTERVAL ? MICROSECOND
     WHERE kind = ?`,
    earlier,
  );
}

describe("OutboxRepository", () => {
  it("hands out what is due, of one kind, earliest first, and again when its time is over", async () => {
    const kind = "DUE";
    const payload = JSON.stringify({ name: "사과" });
    await outbox().append([
      message({ kind, orderId: "2", dueInMs: 61_000, payload }),
      message({ kind, orderId: "1", dueInMs: 60_000 }),
      message({ kind, orderId: "3", dueInMs: 200_000 }),
      message({ kind: "OTHER" }),
    ]);

    expect(await claim(kind)).toEqual([]);
    await letPass(kind, 61_000);
    const first = await claim(kind);
    expect(first).toEqual([
      { id: expect.any(String), orderId: "1", payload: "{}", attempts: 1 },
      { id: expect.any(String), orderId: "2", payload, attempts: 1 },
    ]);
    await letPass(kind, 139_000);
    expect((await claim(kind)).map(({ orderId }) => orderId)).toEqual(["3"]);
    expect(await claim(kind)).toEqual([]);
    await letPass(kind, CLAIM_MS - 139_000);
    const again = first.map((row) => ({ ...row, attempts: 2 }));
    expect(new Set(await claim(kind))).toEqual(new Set(again));
  });

  it("gives several that claim at once different messages", async () => {
    const kind = "MANY";
    await outbox().append(Array.from({ length: 100 }, (_, n) => message({ kind, orderId: String(n + 1) })));

    const claims = await Promise.all(Array.from({ length: 5 }, () => claim(kind, 20)));
    const rest = await claim(kind, 100);

    const claimed = [...claims.flat(), ...rest].map(({ id }) => id);
    expect(claimed).toHaveLength(100);
    expect(new Set(claimed).size).toBe(100);
  });

  it("does not wait for a message that another holds", async () => {
    const kind = "HELD";
    await outbox().append([message({ kind, orderId: "1" }), message({ kind, orderId: "2" })]);

    await transact(db, async (em) => {
      const [held] = await new OutboxRepository(em).claim({ kind, forMs: CLAIM_MS, limit: 1 });
      const others = await claim(kind);
      expect(new Set([held?.orderId, ...others.map(({ orderId }) => orderId)])).toEqual(new Set(["1", "2"]));
    });
  });

  it("removes what was delivered and puts off what failed", async () => {
    const kind = "FAILED";
    await outbox().append([message({ kind, orderId: "1" }), message({ kind, orderId: "2" })]);
    const [gone, failed] = await claim(kind);
    if (!gone || !failed) throw new Error("nothing claimed");

    await outbox().remove([gone.id]);
    await outbox().postpone(failed.id, { forMs: 120_000, error: "가".repeat(600) });

    expect(await claim(kind)).toEqual([]);
    await letPass(kind, 120_000);
    expect(await claim(kind)).toEqual([{ ...failed, attempts: 2 }]);
    const [[row]] = await db.pool.query<never[]>("SELECT last_error FROM outbox WHERE id = ?", [failed.id]);
    expect(row).toEqual({ last_error: "가".repeat(500) });
  });

  it("tells how far it is behind", async () => {
    const hours = (ms: number): number => Math.trunc(ms / 3_600_000);
    const kind = "BEHIND";
    await outbox().append([message({ kind, dueInMs: 3_600_000 }), message({ kind, dueInMs: 2 * 3_600_000 })]);

    expect(await outbox().backlog(kind)).toEqual({ rows: 0, lagMs: 0 });
    await letPass(kind, 3_600_000);
    const first = await outbox().backlog(kind);
    expect(first).toMatchObject({ rows: 1 });
    expect(hours(first.lagMs)).toBe(0);
    await letPass(kind, 3_600_000);
    const both = await outbox().backlog(kind);
    expect(both).toMatchObject({ rows: 2 });
    expect(hours(both.lagMs)).toBe(1);
  });
});
