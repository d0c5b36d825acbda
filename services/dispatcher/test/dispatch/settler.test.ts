import { describe, expect, it } from "vitest";
import { aBatch } from "../domain/a-batch.ts";
import { aDispatch, turn } from "./a-dispatch.ts";

const done = (batchId: string) => ({ batchId, dead: [] });

describe("a settle", () => {
  it("takes all that gathered while the one before was in flight", async () => {
    const { settler, source } = aDispatch();
    const { promise: answer, resolve: giveAnswer } = Promise.withResolvers<void>();
    source.answer = answer;
    const running = settler.run(new AbortController().signal);
    settler.add(done("a"));
    await turn();
    settler.add(done("b"));
    settler.add(done("c"));
    giveAnswer();
    await running;
    expect(source.settled).toEqual([[done("a")], [done("b"), done("c")]]);
    expect(settler.size).toBe(0);
  });

  it("is shared by all Acks of a batch, and confirmed to each of them", async () => {
    const { settler, source } = aDispatch();
    const confirmed: string[] = [];
    const worker = (name: string) => ({
      confirm: (ids: readonly string[]) => void confirmed.push(`${name}: ${ids.join(" ")}`),
    });
    const [one, two] = [worker("one"), worker("two")];
    settler.add(done("a"), one);
    settler.add(done("b"), one);
    settler.add(done("a"), two);
    settler.add(done("a"), one);
    await settler.runOnce();
    expect(source.settled).toEqual([[done("a"), done("b")]]);
    expect(confirmed).toEqual(["one: a b", "two: a"]);
  });

  it("keeps what fails, confirms the rest, and tries again", async () => {
    const { settler, source, holdings, ledger } = aDispatch();
    ledger.attach("w", { maxBatches: 10, maxItems: 100 });
    const confirmed: string[] = [];
    for (const id of ["a", "b"]) {
      holdings.hold(aBatch(id), 0);
      ledger.assign(0);
      const acknowledged = ledger.ack("w", id);
      if (acknowledged === "PART") throw new Error("it was all of it");
      settler.add(acknowledged.settlement, { confirm: (ids) => void confirmed.push(...ids) });
    }
    source.unsettled.add("a");
    await expect(settler.runOnce()).rejects.toThrow("half away");
    expect([confirmed, holdings.count().settlingBatches]).toEqual([["b"], 1]);
    source.unsettled.clear();
    await settler.runOnce();
    expect([confirmed, holdings.count().settlingBatches]).toEqual([["b", "a"], 0]);
  });

  it("puts what fails behind the rest, however much it is", async () => {
    const { settler, source } = aDispatch();
    for (let index = 0; index < 1_000; index += 1) {
      settler.add(done(`away${index}`));
      source.unsettled.add(`away${index}`);
    }
    settler.add(done("there"));
    await expect(settler.runOnce()).rejects.toThrow("half away");
    await expect(settler.runOnce()).rejects.toThrow("half away");
    expect(source.settled[1]?.[0]).toEqual(done("there"));
    expect(settler.size).toBe(1_000);
  });

  it("keeps everything when Redis is away", async () => {
    const { settler, source } = aDispatch();
    settler.add(done("a"));
    source.error = new Error("away");
    await expect(settler.runOnce()).rejects.toThrow("away");
    expect(settler.size).toBe(1);
  });
});
