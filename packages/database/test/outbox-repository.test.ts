import { describe, expect, it } from "vitest";
import { type NewOutboxRow, OutboxRepository, type OutboxRow, transact } from "../src/index.ts";
import { migratedDatabase } from "./migrated-database.ts";

const db = await migratedDatabase();
const outbox = (): OutboxRepository => new OutboxRepository(db.em());
const at = Date.UTC(2026, 0, 1, 0, 0, 0, 3);

const message = (values: Partial<NewOutboxRow>): NewOutboxRow => ({
  kind: "TEST",
  orderId: "1",
  payload: "{}",
  dueAt: at,
  ...values,
});

const claim = (kind: string, now: number, limit = 10): Promise<OutboxRow[]> =>
  transact(db, (em) => new OutboxRepository(em).claim({ kind, now, until: now + 1_000, limit }));

describe("OutboxRepository", () => {
  it("hands out what is due, of one kind, earliest first, and again when its time is over", async () => {
    const kind = "DUE";
    const payload = JSON.stringify({ name: "사과" });
    await outbox().append([
      message({ kind, orderId: "2", dueAt: at + 1, payload }),
      message({ kind, orderId: "1", dueAt: at }),
      message({ kind, orderId: "3", dueAt: at + 2 }),
      message({ kind: "OTHER" }),
    ]);

    const first = await claim(kind, at + 1);
    expect(first).toEqual([
      { id: expect.any(String), orderId: "1", payload: "{}", attempts: 1 },
      { id: expect.any(String), orderId: "2", payload, attempts: 1 },
    ]);
    expect((await claim(kind, at + 2)).map(({ orderId }) => orderId)).toEqual(["3"]);
    expect(await claim(kind, at + 1_000)).toEqual([]);
    const again = first.map((row) => ({ ...row, attempts: 2 }));
    expect(new Set(await claim(kind, at + 1_001))).toEqual(new Set(again));
  });

  it("gives several that claim at once different messages", async () => {
    const kind = "MANY";
    await outbox().append(Array.from({ length: 100 }, (_, n) => message({ kind, orderId: String(n + 1) })));

    const claims = await Promise.all(Array.from({ length: 5 }, () => claim(kind, at, 20)));
    const rest = await claim(kind, at, 100);

    const claimed = [...claims.flat(), ...rest].map(({ id }) => id);
    expect(claimed).toHaveLength(100);
    expect(new Set(claimed).size).toBe(100);
  });

  it("does not wait for a message that another holds", async () => {
    const kind = "HELD";
    await outbox().append([message({ kind, orderId: "1" }), message({ kind, orderId: "2" })]);

    await transact(db, async (em) => {
      const [held] = await new OutboxRepository(em).claim({ kind, now: at, until: at + 1, limit: 1 });
      const others = await claim(kind, at);
      expect(new Set([held?.orderId, ...others.map(({ orderId }) => orderId)])).toEqual(new Set(["1", "2"]));
    });
  });

  it("removes what was delivered and puts off what failed", async () => {
    const kind = "FAILED";
    await outbox().append([message({ kind, orderId: "1" }), message({ kind, orderId: "2" })]);
    const [gone, failed] = await claim(kind, at);
    if (!gone || !failed) throw new Error("nothing claimed");

    await outbox().remove([gone.id]);
    await outbox().postpone(failed.id, { nextAttemptAt: at + 50, error: "가".repeat(600) });

    expect(await claim(kind, at + 49)).toEqual([]);
    expect(await claim(kind, at + 50)).toEqual([{ ...failed, attempts: 2 }]);
    const [[row]] = await db.pool.query<never[]>("SELECT last_error FROM outbox WHERE id = ?", [failed.id]);
    expect(row).toEqual({ last_error: "가".repeat(500) });
  });

  it("tells how far it is behind", async () => {
    const backlog = async (kind: string, now: number) =>
      (await outbox().backlog(now)).filter((entry) => entry.kind === kind);
    const kind = "BEHIND";
    await outbox().append([message({ kind, dueAt: at + 5 }), message({ kind, dueAt: at + 7 })]);

    expect(await backlog(kind, at)).toEqual([]);
    expect(await backlog(kind, at + 5)).toEqual([{ kind, rows: 1, oldestDueAt: at + 5 }]);
    expect(await backlog(kind, at + 7)).toEqual([{ kind, rows: 2, oldestDueAt: at + 5 }]);
  });
});
