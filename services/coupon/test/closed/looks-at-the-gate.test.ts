import type { GateReader, GateView } from "@firstcome/redis";
import { describe, expect, it } from "vitest";
import { load, openTerms, remembering, setUpGate, SOLD_OUT, soldOut } from "./remembering.ts";

const setUp = await setUpGate();
const { reader } = setUp;

describe("a look at the gate", () => {
  it("is believed until 900 ms after it was asked for, however late its answer came", async () => {
    const { couponId } = await soldOut(setUp, 1);
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
    const { couponId } = await soldOut(setUp, 2);
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
    const { couponId } = await soldOut(setUp, 1);
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
    const { couponId } = await soldOut(setUp, 1);
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
