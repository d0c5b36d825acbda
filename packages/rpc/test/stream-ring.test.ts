import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { StreamRing } from "../src/server/stream-ring.ts";

describe("StreamRing", () => {
  it("holds what a Map would, in whatever order streams end", () => {
    // Each step opens a stream or ends one of those that are open, seldom the one that has been open for longest.
    const steps = fc.array(fc.oneof(fc.constant("open" as const), fc.nat({ max: 1_000 })), { maxLength: 2_000 });
    fc.assert(
      fc.property(steps, (all) => {
        const ring = new StreamRing<string>();
        const map = new Map<number, string>();
        let nextId = 1;
        for (const step of all) {
          if (step === "open") {
            ring.set(nextId, `stream ${nextId}`);
            map.set(nextId, `stream ${nextId}`);
            nextId += 2;
          } else {
            const id = [...map.keys()].at(-1 - (step % Math.max(map.size, 1))) ?? nextId;
            expect(ring.get(id)).toBe(map.get(id));
            expect(ring.delete(id)).toBe(map.delete(id));
            expect(ring.get(id)).toBeUndefined();
          }
          expect(ring.size).toBe(map.size);
        }
        expect(contentsOf(ring)).toEqual(new Map(map));
      }),
    );
  });

  it("holds many more at once than it has places to begin with, beside one that stays", () => {
    const ring = new StreamRing<number>();
    const map = new Map<number, number>();
    for (let id = 1; id < 30_001; id += 2) {
      ring.set(id, id);
      map.set(id, id);
    }
    for (let id = 3; id < 30_001; id += 4) expect(ring.delete(id)).toBe(map.delete(id));
    expect(contentsOf(ring)).toEqual(map);
  });

  it("lets streams be ended while they are visited", () => {
    const ring = new StreamRing<number>();
    for (let id = 1; id < 401; id += 2) ring.set(id, id);
    ring.forEach((_, id) => ring.delete(id));
    expect(ring.size).toBe(0);
    expect(contentsOf(ring)).toEqual(new Map());
  });
});

function contentsOf<T>(ring: StreamRing<T>): Map<number, T> {
  const contents = new Map<number, T>();
  ring.forEach((stream, id) => contents.set(id, stream));
  return contents;
}
