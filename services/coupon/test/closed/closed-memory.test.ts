import { describe, expect, it } from "vitest";
import { load, openTerms, remembering, setUpGate, SOLD_OUT, soldOut, users } from "./remembering.ts";

const setUp = await setUpGate();
const { gate } = setUp;

describe("what is remembered of a closed gate", () => {
  it("is what the gate says: losers have lost, winners keep number and time", async () => {
    const { couponId } = await soldOut(setUp, 3);
    const told = await gate.issueAll(couponId, [...users(3), "late"]);
    const { learn, ask } = remembering(setUp);

    await learn(couponId);

    expect(["user-1", "user-2", "user-3", "late"].map((userId) => ask(couponId, userId))).toEqual(told);
  });

  it("is nothing before the gate itself has told a loser, or for an open gate", async () => {
    const { couponId } = await soldOut(setUp, 1);
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
    const { couponId } = await soldOut(setUp, 1);
    const { memory, look, held } = remembering(setUp);

    memory.noted(couponId, "ALREADY_ISSUED", 1);
    await look();

    expect(held().coupons).toBe(0);
  });

  it("costs no more reading than its losers have cost the gate: stragglers are left to it", async () => {
    const { couponId } = await soldOut(setUp, 100);
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
    const { couponId } = await soldOut(setUp, 1);
    const { learn, ask } = remembering(setUp, { tellsWinners: false });

    await learn(couponId);

    expect(ask(couponId, "late")).toEqual(SOLD_OUT);
    expect(ask(couponId, "user-1")).toBeUndefined();
  });
});
