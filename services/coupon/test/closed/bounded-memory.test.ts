import type { GateReader } from "@firstcome/redis";
import { describe, expect, it } from "vitest";
import { remembering, setUpGate, SOLD_OUT, soldOut } from "./remembering.ts";

const setUp = await setUpGate();
const { reader } = setUp;

describe("the memory", () => {
  it("keeps within its bound: what does not fit is left to the gate, and asked for less than before gives way", async () => {
    const [large, first, second, third] = [
      await soldOut(setUp, 1_500),
      await soldOut(setUp, 200),
      await soldOut(setUp, 200),
      await soldOut(setUp, 200),
    ];
    const { clock, learn, ask, reads, held, look } = remembering(setUp, { maxBytes: 24_000 });
    const answered = (): boolean[] =>
      [large, first, second, third].map(({ couponId }) => ask(couponId, "late") !== undefined);

    await learn(large.couponId);
    await learn(first.couponId);
    await learn(second.couponId);
    expect(reads).toEqual(["TOO_LARGE", "DONE", "TOO_LARGE"]);
    expect(answered()).toEqual([false, true, false, false]);
    clock.advance(6_000);
    await learn(third.couponId);

    expect(answered()).toEqual([false, false, false, true]);
    await look();
    expect(held().bytes).toBeLessThan(24_000);
    expect(held().winners).toBe(200);
  });

  it("does not begin to read what cannot fit", async () => {
    const { couponId } = await soldOut(setUp, 1_500);
    const counting: Pick<GateReader, "read" | "winners"> = {
      read: (ids) => reader.read(ids),
      async *winners(id, view) {
        for await (const page of reader.winners(id, view)) {
          pages += 1;
          yield page;
        }
      },
    };
    let pages = 0;
    const { learn, reads } = remembering(setUp, { source: counting, maxBytes: 24_000 });

    await learn(couponId);

    expect({ reads, pages }).toEqual({ reads: ["TOO_LARGE"], pages: 0 });
  });

  it("has room for the coupon of which a crowd has lost, however many others are asked for a little", async () => {
    const { couponId } = await soldOut(setUp, 2);
    const { memory, look, read, ask, held } = remembering(setUp);
    // A thousand others, each a little, and between them the crowd.
    const round = (n: number): void => {
      for (let i = 0; i < 1_000; i += 1) {
        memory.noted(String(10_000_000_000 + 1_000 * n + i), "FINISHED", 3);
        if (i % 50 === 0) memory.noted(couponId, "SOLD_OUT", 10);
      }
    };
    for (let i = 0; i < 1_000; i += 1) memory.noted(String(20_000_000_000 + i), "FINISHED", 3);

    await look();
    for (let n = 0; n < 5; n += 1) {
      round(n);
      await look();
      await read();
    }

    expect(ask(couponId, "late")).toEqual(SOLD_OUT);
    expect(held().coupons).toBeLessThanOrEqual(1_000);
  });

  it("gives the place of winners for whom few ask to those for whom many do", async () => {
    const [few, many] = [await soldOut(setUp, 200), await soldOut(setUp, 200)];
    const { memory, learn, look, read, ask, reads } = remembering(setUp, { maxBytes: 24_000 });
    memory.noted(few.couponId, "SOLD_OUT", 10);
    await look();
    await look();
    await read();
    expect(ask(few.couponId, "late")).toEqual(SOLD_OUT);

    await learn(many.couponId);

    expect(reads).toEqual(["DONE", "DONE"]);
    expect(ask(many.couponId, "late")).toEqual(SOLD_OUT);
    expect(ask(few.couponId, "late")).toBeUndefined();
  });

  it("forgets a coupon that nobody has asked for in a minute", async () => {
    const { couponId } = await soldOut(setUp, 1);
    const { clock, learn, look, held } = remembering(setUp);
    await learn(couponId);
    await look();
    expect(held()).toMatchObject({ coupons: 1, winners: 1 });

    clock.advance(60_000);
    await look();

    expect(held()).toEqual({ coupons: 0, winners: 0, bytes: 0 });
  });
});
