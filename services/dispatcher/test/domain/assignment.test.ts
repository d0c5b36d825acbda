import { describe, expect, it } from "vitest";
import { chooseWorker } from "../../src/domain/assignment.ts";
import { WorkerLoad } from "../../src/domain/worker-load.ts";

const worker = (
  id: string,
  outstanding: readonly number[] = [],
  capacity = { maxBatches: 10, maxItems: 100 },
): WorkerLoad => {
  const load = new WorkerLoad(id, capacity);
  for (const [index, items] of outstanding.entries()) load.take(`${id}-${index}`, `t${index}`, items);
  return load;
};
const chosen = (workers: WorkerLoad[], items = 5): string | undefined =>
  chooseWorker(workers, { id: "b", items })?.workerId;

describe("chooseWorker", () => {
  it("takes the worker with the fewest items outstanding, however many batches these are", () => {
    expect(chosen([worker("one", [30]), worker("two", [5, 5, 5]), worker("three", [20])])).toBe("two");
  });

  it("takes, of equals, the one that attached first", () => {
    expect(chosen([worker("one"), worker("two")])).toBe("one");
  });

  it("respects credit in batches and in items", () => {
    expect(chosen([worker("full", [1], { maxBatches: 1, maxItems: 100 }), worker("busy", [60])])).toBe("busy");
    expect(chosen([worker("almost full", [7], { maxBatches: 10, maxItems: 10 })])).toBeUndefined();
    expect(
      chosen([
        worker("none", [], { maxBatches: 0, maxItems: 10 }),
        worker("no items", [], { maxBatches: 1, maxItems: 0 }),
      ]),
    ).toBeUndefined();
  });

  it("gives a batch beyond all capacity to a worker that has nothing else", () => {
    const small = { maxBatches: 10, maxItems: 10 };
    expect(chosen([worker("busy", [1], small), worker("idle", [], small)], 50)).toBe("idle");
    expect(chosen([worker("busy", [1], small)], 50)).toBeUndefined();
  });

  it("passes over workers that leave or do not read", () => {
    const leaving = worker("leaving");
    leaving.closing = true;
    const deaf = worker("deaf");
    deaf.congested = true;
    expect(chosen([leaving, deaf, worker("busy", [50])])).toBe("busy");
  });

  it("goes back to a worker that hung on this batch only where there is no other", () => {
    const hung = worker("hung");
    hung.take("b", "t", 5);
    hung.lapse("b");
    expect(chosen([hung, worker("busy", [50])])).toBe("busy");
    expect(chosen([hung])).toBe("hung");
  });
});
