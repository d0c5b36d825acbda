import type { GateReader, GateView } from "@firstcome/redis";
import { describe, expect, it } from "vitest";
import { load, openTerms, remembering, setUpGate, users } from "./remembering.ts";

const setUp = await setUpGate();
const { gate, state, reader } = setUp;
const SOLD_OUT = { outcome: "SOLD_OUT" };

/** A coupon with so many pieces, all of them won. */
async function soldOut(pieces: number): Promise<ReturnType<typeof openTerms>> {
  const terms = openTerms({ quantity: pieces });
  await load(setUp, terms);
  await gate.issueAll(terms.couponId, users(pieces));
  return terms;
}

describe("what is remembered of a closed gate", () => {
  it("is what the gate says: losers have lost, winners keep number and time", async () => {
    const { couponId } = await soldOut(3);
    const told = await gate.issueAll(couponId, [...users(3), "late"]);
    const { learn, ask } = remembering(setUp);

    await learn(couponId);

    expect(["user-1", "user-2", "user-3", "late"].map((userId) => ask(couponId, userId))).toEqual(told);
  });

  it("is nothing before the gate itself has told a loser, or for an open gate", async () => {
    const { couponId } = await soldOut(1);
    const open = openTerms();
    await load(setUp, open);
    const { look, read, learn, ask, held } = remembering(setUp);

    await look();
    await read();
    expect(ask(couponId, "late")).toBeUndefined();
    await learn(open.couponId);
    expect(ask(open.couponId, "kim")).toBeUndefined();
    expect(held().coupons).toBe(0);
  });

  it("is nothing about a coupon of which only winners were heard, whose gate may be open", async () => {
    const { couponId } = await soldOut(1);
    const { memory, look, held } = remembering(setUp);

    memory.noted(couponId, "ALREADY_ISSUED", 1);
    await look();

    expect(held().coupons).toBe(0);
  });

  it("costs no more reading than its losers have cost the gate: stragglers are left to it", async () => {
    const { couponId } = await soldOut(100);
    const { memory, look, read, ask, reads } = remembering(setUp);

    memory.noted(couponId, "SOLD_OUT", 4);
    await look();
    await read();
    expect(reads).toEqual([]);
    memory.noted(couponId, "SOLD_OUT", 1);
    await read();

    expect(reads).toEqual(["DONE"]);
    expect(ask(couponId, "late")).toEqual(SOLD_OUT);
  });

  it("leaves winners to the gate where it must wait for replicas", async () => {
    const { couponId } = await soldOut(1);
    const { learn, ask } = remembering(setUp, { tellsWinners: false });

    await learn(couponId);

    expect(ask(couponId, "late")).toEqual(SOLD_OUT);
    expect(ask(couponId, "user-1")).toBeUndefined();
  });
});

describe("a look at the gate", () => {
  it("is believed until 900 ms after it was asked for, however late its answer came", async () => {
    const { couponId } = await soldOut(1);
    const slow: Pick<GateReader, "read" | "winners"> = {
      read: async (ids) => {
        clock.advance(300);
        return reader.read(ids);
      },
      winners: (id, view) => reader.winners(id, view),
    };
    const { clock, learn, look, ask } = remembering(setUp, { source: slow });
    await learn(couponId);

    await look();
    clock.advance(599);
    expect(ask(couponId, "late")).toEqual(SOLD_OUT);
    clock.advance(1);

    expect(ask(couponId, "late")).toBeUndefined();
  });

  it("makes an unchanged memory good again without reading the winners again", async () => {
    const { couponId } = await soldOut(2);
    const { clock, learn, look, read, ask, reads } = remembering(setUp);
    await learn(couponId);

    for (let i = 0; i < 5; i++) {
      clock.advance(2_000);
      expect(ask(couponId, "late")).toBeUndefined();
      await look();
      await read();
      expect(ask(couponId, "user-2")).toMatchObject({ outcome: "ALREADY_ISSUED", issueNo: 2 });
    }
    expect(reads).toEqual(["DONE"]);
  });

  it("that fails leaves the memory as good as it was, until its time is over", async () => {
    const { couponId } = await soldOut(1);
    let away = false;
    const failing: Pick<GateReader, "read" | "winners"> = {
      read: (ids) =>
        away ? Promise.resolve({ views: new Map(), remains: new Set(), failure: new Error("away") }) : reader.read(ids),
      winners: (id, view) => reader.winners(id, view),
    };
    const { clock, learn, look, ask } = remembering(setUp, { source: failing });
    await learn(couponId);
    away = true;

    await look();
    expect(ask(couponId, "late")).toEqual(SOLD_OUT);
    clock.advance(900);
    await look();

    expect(ask(couponId, "late")).toBeUndefined();
    away = false;
    await look();
    expect(ask(couponId, "late")).toEqual(SOLD_OUT);
  });

  it("believes NOT_OPEN for no longer than the gate is closed, reckoned by its own clock", async () => {
    const terms = openTerms({ opensAt: Date.now() + 3_600_000 });
    await load(setUp, terms);
    const left = 600;
    // As Redis would tell it an hour later, shortly before the opening.
    const later: Pick<GateReader, "read" | "winners"> = {
      async read(ids) {
        const answer = await reader.read(ids);
        const view = answer.views.get(terms.couponId) as GateView;
        const views = new Map(answer.views).set(terms.couponId, { ...view, readAt: terms.opensAt - left });
        return { ...answer, views };
      },
      winners: (id, view) => reader.winners(id, view),
    };
    const { memory, clock, look, ask } = remembering(setUp, { source: later });
    memory.noted(terms.couponId, "NOT_OPEN", 1);

    await look();

    clock.advance(left - 1.5);
    expect(ask(terms.couponId, "kim")).toEqual({ outcome: "NOT_OPEN", opensAt: terms.opensAt });
    clock.advance(1.5);
    expect(ask(terms.couponId, "kim")).toBeUndefined();
  });

  it("that was asked for before a doubt does not remove it", async () => {
    const { couponId } = await soldOut(1);
    const doubted: Pick<GateReader, "read" | "winners"> = {
      async read(ids) {
        const answer = await reader.read(ids);
        if (doubts) memory.doubt(couponId);
        return answer;
      },
      winners: (id, view) => reader.winners(id, view),
    };
    let doubts = false;
    const { memory, learn, look, ask } = remembering(setUp, { source: doubted });
    await learn(couponId);
    expect(ask(couponId, "late")).toEqual(SOLD_OUT);

    doubts = true;
    await look();
    expect(ask(couponId, "late")).toBeUndefined();
    doubts = false;
    await look();

    expect(ask(couponId, "late")).toEqual(SOLD_OUT);
  });
});

describe("the winners that are remembered", () => {
  it("are not taken over when somebody won between the reading and the look after it", async () => {
    const terms = openTerms({ status: "PAUSED" });
    await load(setUp, terms);
    await gate.issueAll(terms.couponId, ["early"], { mode: "grant" });
    let granted = false;
    const meanwhile: Pick<GateReader, "read" | "winners"> = {
      read: (ids) => reader.read(ids),
      async *winners(id, view) {
        yield* reader.winners(id, view);
        if (!granted) await gate.issueAll(terms.couponId, ["late"], { mode: "grant" });
        granted = true;
      },
    };
    const { clock, learn, look, read, ask, reads } = remembering(setUp, { source: meanwhile });

    await learn(terms.couponId);
    expect(ask(terms.couponId, "late")).toBeUndefined();
    clock.advance(2_000);
    await look();
    await look();
    await read();

    expect(reads).toEqual(["CHANGED", "DONE"]);
    expect(ask(terms.couponId, "late")).toMatchObject({ outcome: "ALREADY_ISSUED", issueNo: 2 });
  });

  it("are read again after stock was added and is gone again", async () => {
    const terms = await soldOut(1);
    const { couponId } = terms;
    const { learn, look, read, ask } = remembering(setUp);
    await learn(couponId);

    await state.sync({ ...terms, quantity: 2, version: 2 });
    await look();
    expect(ask(couponId, "second")).toBeUndefined();
    await gate.issue(couponId, "second");
    await look();
    expect(ask(couponId, "second")).toBeUndefined();
    await learn(couponId);
    await read();

    expect(ask(couponId, "second")).toMatchObject({ outcome: "ALREADY_ISSUED", issueNo: 2 });
    expect(ask(couponId, "third")).toEqual(SOLD_OUT);
  });

  it("are read again after a load, which may have added some without giving a number", async () => {
    const terms = await soldOut(2);
    const { couponId } = terms;
    const { learn, look, ask, reads } = remembering(setUp);
    await setUp.redis.del(`${setUp.keys.winners(couponId)}0`);
    await learn(couponId);
    expect(ask(couponId, "user-1")).toEqual(SOLD_OUT);

    await load(setUp, terms, true);
    await look();
    expect(ask(couponId, "user-1")).toBeUndefined();
    await learn(couponId);

    expect(ask(couponId, "user-1")).toMatchObject({ outcome: "ALREADY_ISSUED", issueNo: 1 });
    expect(reads).toEqual(["DONE", "DONE"]);
  });

  it("stay when only the reason changes for which the gate is closed", async () => {
    const terms = await soldOut(2);
    const { couponId } = terms;
    const { learn, look, ask, reads } = remembering(setUp);
    await learn(couponId);

    await state.sync({ ...terms, status: "FINISHED", version: 2 });
    await look();

    expect(ask(couponId, "late")).toEqual({ outcome: "FINISHED" });
    expect(ask(couponId, "user-1")).toMatchObject({ outcome: "ALREADY_ISSUED", issueNo: 1 });
    expect(reads).toEqual(["DONE"]);
  });

  it("are forgotten when Redis has lost the coupon", async () => {
    const { couponId } = await soldOut(1);
    const { learn, look, ask, held } = remembering(setUp);
    await learn(couponId);

    await setUp.redis.del(setUp.keys.coupon(couponId));
    await look();

    expect(ask(couponId, "late")).toBeUndefined();
    expect(held().winners).toBe(0);
  });

  it("are not read while a bulk grant goes on", async () => {
    const terms = openTerms({ status: "PAUSED", quantity: 1_000 });
    await load(setUp, terms);
    const { memory, look, read, learn, ask, reads } = remembering(setUp);

    for (let i = 0; i < 10; i++) {
      await gate.issueAll(terms.couponId, users(5, `granted-${i}`), { mode: "grant" });
      memory.noted(terms.couponId, "PAUSED", 1_000);
      await look();
      await read();
    }
    expect(reads).toEqual([]);
    await learn(terms.couponId);

    expect(ask(terms.couponId, "late")).toEqual({ outcome: "PAUSED" });
    expect(ask(terms.couponId, "granted-9-5")).toMatchObject({ outcome: "ALREADY_ISSUED", issueNo: 50 });
  });

  it("of a coupon whose stock has grown a hundredfold are all there", async () => {
    const terms = openTerms({ quantity: 30 });
    await load(setUp, terms);
    await state.sync({ ...terms, quantity: 3_000, version: 2 });
    const told = await gate.issueAll(terms.couponId, users(3_000));
    const { learn, ask } = remembering(setUp);

    await learn(terms.couponId);

    const remembered = users(3_000).map((userId) => ask(terms.couponId, userId));
    expect(remembered).toEqual(told.map((decision) => ({ ...decision, outcome: "ALREADY_ISSUED" })));
  });
});

describe("the memory", () => {
  it("keeps within its bound: what does not fit is left to the gate, and asked for less than before gives way", async () => {
    const [large, first, second, third] = [
      await soldOut(1_500),
      await soldOut(200),
      await soldOut(200),
      await soldOut(200),
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
    const { couponId } = await soldOut(1_500);
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
    const { couponId } = await soldOut(2);
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
    const [few, many] = [await soldOut(200), await soldOut(200)];
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
    const { couponId } = await soldOut(1);
    const { clock, learn, look, held } = remembering(setUp);
    await learn(couponId);
    await look();
    expect(held()).toMatchObject({ coupons: 1, winners: 1 });

    clock.advance(60_000);
    await look();

    expect(held()).toEqual({ coupons: 0, winners: 0, bytes: 0 });
  });
});
