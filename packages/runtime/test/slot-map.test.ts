import { GCProfiler, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SlotMap } from "../src/index.ts";

const step = fc.record({ kind: fc.constantFrom("set", "set", "delete"), key: fc.nat(12), value: fc.nat() });

describe("a slot map", () => {
  it("holds what a Map would, in the same order", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const slots = new SlotMap<number, number>();
        const map = new Map<number, number>();
        for (const { kind, key, value } of steps) {
          if (kind === "set") [slots, map].forEach((either) => either.set(key, value));
          else expect(slots.delete(key)).toBe(map.delete(key));
          expect([slots.get(key), slots.has(key), slots.size]).toEqual([map.get(key), map.has(key), map.size]);
        }
        expect([[...slots], [...slots.keys()], [...slots.values()]]).toEqual([
          [...map],
          [...map.keys()],
          [...map.values()],
        ]);
      }),
    );
  });

  it("lets entries be deleted and added by whoever goes through it", () => {
    const slots = new SlotMap<number, string>();
    for (const key of [1, 2, 3]) slots.set(key, `first ${key}`);
    const seen: string[] = [];
    for (const [key, value] of slots) {
      seen.push(value);
      slots.delete(2);
      if (key === 1) slots.set(4, "new");
    }
    expect(seen).toEqual(["first 1", "first 3", "new"]);
  });

  it("keeps alive nothing that has gone, however old it is itself", () => {
    expect(oldBytesPerEntry(new SlotMap())).toBeLessThan(FEW_BYTES);
  });
});

const ENTRIES = 40_000;
/** In the map at once. */
const WINDOW = 200;
const NUMBERS_PER_ENTRY = 500;
/** Of 4 000 that an entry takes. Of what passes through a Map, two thousand get old. */
const FEW_BYTES = 300;

/** How much of what passes through the map young collections leave to full ones, in bytes an entry. */
function oldBytesPerEntry(map: Pick<SlotMap<string, unknown>, "set" | "delete">): number {
  const enter = (entry: number): unknown => map.set(`entry ${entry}`, Array<number>(NUMBERS_PER_ENTRY).fill(entry));
  for (let entry = 0; entry < WINDOW; entry++) enter(entry);
  collectAll();
  const profiler = new GCProfiler();
  profiler.start();
  for (let entry = WINDOW; entry < WINDOW + ENTRIES; entry++) {
    map.delete(`entry ${entry - WINDOW}`);
    enter(entry);
  }
  const young = profiler.stop()?.statistics.filter(({ gcType }) => gcType === "Scavenge") ?? [];
  expect(young.length).toBeGreaterThan(1);
  return young.reduce((sum, { beforeGC, afterGC }) => sum + oldSpaceOf(afterGC) - oldSpaceOf(beforeGC), 0) / ENTRIES;
}

type Statistics = NonNullable<ReturnType<GCProfiler["stop"]>>["statistics"][number];

function oldSpaceOf({ heapSpaceStatistics }: Statistics["afterGC"]): number {
  return heapSpaceStatistics.find(({ spaceName }) => spaceName === "old_space")?.spaceUsedSize ?? Number.NaN;
}

/** What has survived a full collection is old. */
function collectAll(): void {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  collect();
}
