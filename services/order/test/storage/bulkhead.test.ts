import { describe, expect, it } from "vitest";
import { OverloadedError } from "../../src/domain/faults.ts";
import { Bulkhead } from "../../src/storage/bulkhead.ts";

/** A work that ends when it is told to, and what it is known to have begun. */
function work(): { begun: Promise<void>; end: () => void; run: () => Promise<string> } {
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<void>();
  const run = async (): Promise<string> => {
    begun.resolve();
    await end.promise;
    return "done";
  };
  return { begun: begun.promise, end: end.resolve, run };
}

describe("Bulkhead", () => {
  it("runs so many at once, and the others in their order", async () => {
    const bulkhead = new Bulkhead({ width: 2, maxWaiting: 10, maxWaitMs: 60_000 });
    const works = Array.from({ length: 4 }, work);
    const begun: number[] = [];
    works.forEach(({ begun: began }, n) => void began.then(() => begun.push(n)));
    const runs = works.map(({ run }) => bulkhead.run(run));

    await Promise.all([works[0]?.begun, works[1]?.begun]);
    expect(begun).toEqual([0, 1]);
    works[1]?.end();
    await works[2]?.begun;
    expect(begun).toEqual([0, 1, 2]);
    for (const { end } of works) end();

    expect(await Promise.all(runs)).toEqual(["done", "done", "done", "done"]);
  });

  it("gives the place of a work that fails to the next", async () => {
    const bulkhead = new Bulkhead({ width: 1, maxWaiting: 10, maxWaitMs: 60_000 });

    const failed = bulkhead.run(() => Promise.reject(new Error("no")));
    const next = bulkhead.run(async () => "done");

    await expect(failed).rejects.toThrow("no");
    expect(await next).toBe("done");
    expect(await bulkhead.run(async () => "again")).toBe("again");
  });

  it("turns away whoever would wait too long, or with too many", async () => {
    const bulkhead = new Bulkhead({ width: 1, maxWaiting: 1, maxWaitMs: 20 });
    const { run, end } = work();
    const first = bulkhead.run(run);

    const waiting = bulkhead.run(async () => "too late");
    await expect(bulkhead.run(async () => "too many")).rejects.toThrow(OverloadedError);
    await expect(waiting).rejects.toMatchObject({ retryAfterMs: 20 });

    end();
    expect(await first).toBe("done");
    expect(await bulkhead.run(async () => "again")).toBe("again");
  });
});
