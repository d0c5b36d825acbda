import { describe, expect, it } from "vitest";
import { claim, forgetRequestIds, transact } from "../src/index.ts";
import { migratedDatabase } from "./migrated-database.ts";

const db = await migratedDatabase();
const DAY = 86_400_000;

describe("forgetRequestIds", () => {
  it("forgets those that are old enough, however many, and no others", async () => {
    const claimIt = (requestId: string) => transact(db, (em) => claim(em, { scope: "test", requestId, content: 1 }));
    const now = Date.now();
    const old = Array.from({ length: 1_500 }, (_, i) => ["test", `old-${i}`, "-", new Date(now - 2 * DAY)]);
    await db.pool.query("INSERT INTO idempotency (scope, request_id, fingerprint, created_at) VALUES ?", [old]);
    await claimIt("new");

    expect(await forgetRequestIds(db.pool, now - DAY)).toBe(1_500);

    expect(await forgetRequestIds(db.pool, now - DAY)).toBe(0);
    expect(await claimIt("new")).not.toEqual({ kind: "FIRST" });
    expect(await claimIt("old-0")).toEqual({ kind: "FIRST" });
  });
});
