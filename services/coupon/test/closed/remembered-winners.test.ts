import type { GateReader } from "@firstcome/redis";
import { describe, expect, it } from "vitest";
import { load, openTerms, remembering, setUpGate, SOLD_OUT, soldOut, users } from "./remembering.ts";

const setUp = await setUpGate();
const { gate, state, reader } = setUp;

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
    const terms = await soldOut(setUp, 1);
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
    const terms = await soldOut(setUp, 2);
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
    const terms = await soldOut(setUp, 2);
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
    const { couponId } = await soldOut(setUp, 1);
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
