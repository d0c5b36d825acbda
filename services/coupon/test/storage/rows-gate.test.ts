import type { Asked, Winning } from "@firstcome/database";
import { FakeClock } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { OverloadedError, TooLateError, UnavailableError } from "../../src/domain/faults.ts";
import { RowsGate } from "../../src/storage/rows-gate.ts";

const WON = { issueNo: 7, acceptedAt: 1_000 };

/** Rows in which kim has won everything, and statements that end when the test says so. */
function setUp({ maxWaiting = 10 } = {}) {
  const statements: { asked: readonly Asked[]; end: () => void; fail: (error: unknown) => void }[] = [];
  const clock = new FakeClock(0);
  const outcomes: string[] = [];
  const gate = new RowsGate({
    rows: {
      winnings(asked) {
        const { promise, resolve, reject } = Promise.withResolvers<(Winning | undefined)[]>();
        const found = asked.map(({ userId }) => (userId === "kim" ? WON : undefined));
        statements.push({ asked, end: () => resolve(found), fail: reject });
        return promise;
      },
    },
    now: () => clock.now(),
    maxWaiting,
    onOutcome: (outcome) => void outcomes.push(outcome),
  });
  return { gate, statements, clock, outcomes };
}

describe("RowsGate", () => {
  it("answers all who came meanwhile, of whatever coupon, by one statement after the one under way", async () => {
    const { gate, statements, outcomes } = setUp();

    const first = gate.decide("1", ["kim"]);
    const others = [gate.decide("1", ["lee", "kim"]), gate.decide("2", ["park"])];
    expect(statements.map(({ asked }) => asked)).toEqual([[{ couponId: "1", userId: "kim" }]]);
    statements[0]?.end();
    expect(await first).toEqual([{ outcome: "ALREADY_ISSUED", ...WON }]);
    expect(statements[1]?.asked).toEqual([
      { couponId: "1", userId: "lee" },
      { couponId: "1", userId: "kim" },
      { couponId: "2", userId: "park" },
    ]);
    statements[1]?.end();

    expect(await Promise.all(others)).toEqual([
      [{ outcome: "FINISHED" }, { outcome: "ALREADY_ISSUED", ...WON }],
      [{ outcome: "FINISHED" }],
    ]);
    expect(statements).toHaveLength(2);
    expect(outcomes).toEqual(["ALREADY_ISSUED", "FINISHED", "ALREADY_ISSUED", "FINISHED"]);
  });

  it("turns away more users than may wait, and takes others when these are answered", async () => {
    const { gate, statements } = setUp({ maxWaiting: 2 });
    const first = gate.decide("1", ["kim"]);
    const waiting = gate.decide("1", ["lee", "park"]);

    expect(() => gate.decide("1", ["choi"])).toThrow(OverloadedError);
    statements[0]?.end();
    await first;
    const next = gate.decide("1", ["choi"]);
    statements[1]?.end();
    await waiting;
    statements[2]?.end();

    expect(await next).toEqual([{ outcome: "FINISHED" }]);
  });

  it("does not ask for who is too late by then", async () => {
    const { gate, statements, clock } = setUp();
    const first = gate.decide("1", ["kim"]);
    const late = gate.decide("1", ["lee"], 1_000);
    const inTime = gate.decide("1", ["park"], 1_001);

    clock.advance(1_000);
    statements[0]?.end();

    await expect(late).rejects.toBeInstanceOf(TooLateError);
    await first;
    expect(statements[1]?.asked).toEqual([{ couponId: "1", userId: "park" }]);
    statements[1]?.end();
    expect(await inTime).toEqual([{ outcome: "FINISHED" }]);
  });

  it("lets nobody wait behind a database that does not answer, and asks again for the next", async () => {
    const { gate, statements } = setUp({ maxWaiting: 1 });
    const asked = [gate.decide("1", ["kim"]), gate.decide("1", ["lee"])];

    statements[0]?.fail(Object.assign(new Error("away"), { code: "ECONNREFUSED" }));

    const answers = await Promise.allSettled(asked);
    expect(answers.map((one) => one.status === "rejected" && one.reason instanceof UnavailableError)).toEqual([
      true,
      true,
    ]);
    const next = gate.decide("1", ["kim"]);
    statements[1]?.end();
    expect(await next).toMatchObject([{ outcome: "ALREADY_ISSUED" }]);
  });
});
