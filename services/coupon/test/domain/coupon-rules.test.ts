import { describe, expect, it } from "vitest";
import { type Coupon, statusOf } from "../../src/domain/coupon.ts";
import { addStock, finish, finishWhenDone, MAX_QUANTITY, pause, resume } from "../../src/domain/coupon-rules.ts";

const OPENS = 1_000;
const CLOSES = 2_000;

function coupon(values: Partial<Coupon> = {}): Coupon {
  return {
    id: "1",
    name: "a coupon",
    quantity: 10,
    state: "PUBLISHABLE",
    opensAt: OPENS,
    closesAt: CLOSES,
    discount: { kind: { type: "AMOUNT", krw: 1 }, minOrderKrw: 0, maxDiscountKrw: 0 },
    validForMs: undefined,
    createdAt: 0,
    version: 1,
    completed: undefined,
    ...values,
  };
}

const KEEP = { kind: "KEEP" };
const FINISHED = { kind: "REFUSE", why: "COUPON_FINISHED" };
const to = (change: object): object => ({ kind: "CHANGE", to: change });

describe("the status of a coupon", () => {
  it.each([
    { state: "PUBLISHABLE", now: OPENS - 1, status: "SCHEDULED" },
    { state: "PUBLISHABLE", now: OPENS, status: "PUBLISHABLE" },
    { state: "PUBLISHABLE", now: CLOSES - 1, status: "PUBLISHABLE" },
    { state: "PUBLISHABLE", now: CLOSES, status: "FINISHED" },
    { state: "PAUSED", now: OPENS - 1, status: "PAUSED" },
    { state: "PAUSED", now: OPENS, status: "PAUSED" },
    { state: "PAUSED", now: CLOSES, status: "FINISHED" },
    { state: "FINISHED", now: OPENS - 1, status: "FINISHED" },
  ] as const)("is $status when left $state, at $now", ({ state, now, status }) => {
    expect(statusOf(coupon({ state }), now)).toBe(status);
  });

  it("never becomes FINISHED by time without an end", () => {
    expect(statusOf(coupon({ closesAt: undefined }), Number.MAX_SAFE_INTEGER)).toBe("PUBLISHABLE");
  });
});

describe("the rules for changes", () => {
  it.each([
    { rule: "pause", apply: pause, PUBLISHABLE: to({ state: "PAUSED" }), PAUSED: KEEP },
    { rule: "resume", apply: resume, PUBLISHABLE: KEEP, PAUSED: to({ state: "PUBLISHABLE" }) },
    { rule: "addStock", apply: addStock(5), PUBLISHABLE: to({ quantity: 15 }), PAUSED: to({ quantity: 15 }) },
  ])("$rule", ({ apply, PUBLISHABLE, PAUSED }) => {
    expect(apply(coupon(), OPENS)).toEqual(PUBLISHABLE);
    expect(apply(coupon({ state: "PAUSED" }), OPENS)).toEqual(PAUSED);
    expect(apply(coupon({ state: "FINISHED" }), OPENS)).toEqual(FINISHED);
    expect(apply(coupon(), CLOSES)).toEqual(FINISHED);
  });

  it("finish", () => {
    expect(finish(coupon(), OPENS)).toEqual(to({ state: "FINISHED" }));
    expect(finish(coupon(), CLOSES)).toEqual(to({ state: "FINISHED" }));
    expect(finish(coupon({ state: "FINISHED" }), OPENS)).toEqual(KEEP);
  });

  it("addStock keeps to the largest quantity", () => {
    expect(addStock(1)(coupon({ quantity: MAX_QUANTITY - 1 }), OPENS)).toEqual(to({ quantity: MAX_QUANTITY }));
    expect(addStock(2)(coupon({ quantity: MAX_QUANTITY - 1 }), OPENS)).toMatchObject({ why: "QUANTITY_TOO_LARGE" });
  });

  it.each([
    { what: "sold out and written", progress: { accepted: undefined, issued: 10, givenUp: 0 }, now: OPENS, done: true },
    { what: "nearly sold out", progress: { accepted: undefined, issued: 9, givenUp: 0 }, now: OPENS, done: false },
    {
      what: "sold out but for what is given up",
      progress: { accepted: 10, issued: 7, givenUp: 3 },
      now: OPENS,
      done: true,
    },
    { what: "sold out, one on its way", progress: { accepted: 10, issued: 7, givenUp: 2 }, now: OPENS, done: false },
    {
      what: "over, all written or given up",
      progress: { accepted: 3, issued: 1, givenUp: 2 },
      now: CLOSES,
      done: true,
    },
    { what: "over and written", progress: { accepted: 3, issued: 3, givenUp: 0 }, now: CLOSES, done: true },
    { what: "over, one on its way", progress: { accepted: 3, issued: 2, givenUp: 0 }, now: CLOSES, done: false },
    { what: "over, nobody came", progress: { accepted: 0, issued: 0, givenUp: 0 }, now: CLOSES, done: true },
    {
      what: "over, the gate not asked",
      progress: { accepted: undefined, issued: 3, givenUp: 0 },
      now: CLOSES,
      done: false,
    },
    { what: "written so far, still open", progress: { accepted: 3, issued: 3, givenUp: 0 }, now: OPENS, done: false },
  ])("finishWhenDone: $what", ({ progress, now, done }) => {
    expect(finishWhenDone(progress)(coupon(), now)).toEqual(done ? to({ state: "FINISHED" }) : KEEP);
  });
});
