import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Row, RowWriter, WriteResult } from "../src/domain/row-writer.ts";
import { writeApart } from "../src/domain/write-apart.ts";
import { MemoryRowWriter, rowsFrom } from "./memory-row-writer.ts";

describe("writeApart", () => {
  it("writes good rows in one go", async () => {
    const writer = new MemoryRowWriter();
    expect(await writeApart(writer, rowsFrom(1, 1_000))).toEqual({ kind: "settled", written: 1_000, failures: [] });
    expect(writer.writes).toHaveLength(1);
  });

  it("finds a bad row among a thousand in some twenty writes", async () => {
    const writer = new MemoryRowWriter([77]);
    const rows = rowsFrom(1, 1_000);
    expect(await writeApart(writer, rows)).toEqual({
      kind: "settled",
      written: 999,
      failures: [{ row: rows[76], kind: "BAD_ROW", detail: "u77 is bad" }],
    });
    expect(writer.writes.length).toBeLessThanOrEqual(22);
  });

  it("fails the bad rows and the contradicting ones, and no others", async () => {
    const nos = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(nos, nos, fc.integer({ min: 1, max: 40 }), async (bad, taken, count) => {
        const writer = new MemoryRowWriter(bad);
        for (const no of taken) writer.rows.set(no, "somebody else");
        const rows = rowsFrom(1, count);
        const result = await writeApart(writer, rows);

        const isBad = (row: Row): boolean => bad.includes(row.issueNo);
        const isTaken = (row: Row): boolean => taken.includes(row.issueNo) && !isBad(row);
        const good = rows.filter((row) => !isBad(row) && !isTaken(row));
        expect(result).toMatchObject({ kind: "settled", written: good.length });
        const failures = result.kind === "settled" ? result.failures : [];
        const failed = (kind: string): Row[] =>
          failures.filter((failure) => failure.kind === kind).map(({ row }) => row);
        expect(failed("BAD_ROW")).toEqual(rows.filter(isBad));
        expect(failed("NUMBER_CONFLICT")).toEqual(rows.filter(isTaken));
        for (const { issueNo, userId } of good) expect(writer.rows.get(issueNo)).toBe(userId);
      }),
    );
  });

  it("says that all must be written again when the store goes away in the middle", async () => {
    const store = new MemoryRowWriter([10]);
    const error = new Error("gone");
    let writes = 0;
    const writer: RowWriter = {
      write(rows): Promise<WriteResult> {
        writes += 1;
        return writes === 4 ? Promise.resolve({ kind: "notNow", why: "AWAY", error }) : store.write(rows);
      },
    };
    expect(await writeApart(writer, rowsFrom(1, 16))).toEqual({ kind: "notNow", why: "AWAY", error });
    expect(await writeApart(store, rowsFrom(1, 16))).toMatchObject({
      kind: "settled",
      failures: [{ kind: "BAD_ROW" }],
    });
  });
});
