import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { WinnerTable } from "../../src/closed/winner-table.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-".split("");
const userId = fc.oneof(
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: 1, maxLength: 64 }),
  // Ids that resemble each other: short ones, and long ones that differ at the end.
  fc.nat(300).map(String),
  fc.nat(300).map((n) => "x".repeat(60) + n),
);
const winner = fc.record({
  userId,
  issueNo: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
  acceptedAt: fc.integer({ min: -(2 ** 46), max: 2 ** 46 }),
});

describe("a table of winners", () => {
  it("finds whom a Map finds, and nobody else, however many were expected", () => {
    const run = fc.property(
      fc.array(winner, { maxLength: 400 }),
      fc.array(userId, { maxLength: 200 }),
      fc.nat(500),
      (winners, others, expected) => {
        const table = new WinnerTable(expected);
        const map = new Map<string, object>();
        for (const one of winners) {
          table.add(one);
          if (!map.has(one.userId)) map.set(one.userId, { issueNo: one.issueNo, acceptedAt: one.acceptedAt });
        }
        expect(table.size).toBe(map.size);
        for (const id of [...map.keys(), ...others]) expect(table.find(id)).toEqual(map.get(id));
      },
    );
    fc.assert(run, { numRuns: 300 });
  });

  it("takes less than 26 bytes for a winner with an id of eight digits, and finds 100 000 of them", () => {
    const table = new WinnerTable(100_000);
    for (let i = 1; i <= 100_000; i++) {
      table.add({ userId: String(10_000_000 + i), issueNo: i, acceptedAt: 1_800_000_000_000 + i });
    }

    expect(table.bytes / table.size).toBeLessThan(26);
    expect(table.bytes).toBeGreaterThanOrEqual(WinnerTable.leastBytes(100_000));
    for (let i = 1; i <= 100_000; i++) {
      if (table.find(String(10_000_000 + i))?.issueNo !== i) throw new Error(`winner ${i} is lost`);
      if (table.find(String(20_000_000 + i))) throw new Error(`loser ${i} is taken for a winner`);
    }
  });

  it("takes nobody for another whose id begins alike, or goes on", () => {
    const mistaken: string[] = [];
    for (let i = 0; i < 5_000; i++) {
      const table = new WinnerTable(1);
      const id = `${i}-${"x".repeat(20)}`;
      table.add({ userId: id, issueNo: 1, acceptedAt: 0 });
      const alike = Array.from({ length: 30 }, (_, length) => id.padEnd(31, "x").slice(0, length + 1));
      mistaken.push(...alike.filter((other) => other !== id && table.find(other)));
    }
    expect(mistaken).toEqual([]);
  });

  it.each(["", "a b", "김", "é", "x".repeat(65)])("refuses the id %j, which it could not tell from others", (id) => {
    const table = new WinnerTable(1);

    expect(() => table.add({ userId: id, issueNo: 1, acceptedAt: 0 })).toThrow(RangeError);
    expect(table.find(id)).toBeUndefined();
  });
});
