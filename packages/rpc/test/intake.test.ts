import { describe, expect, it } from "vitest";
import { Code } from "../src/index.ts";
import type { GrpcCall } from "../src/server/call-context.ts";
import { type Arrival, Intake } from "../src/server/intake.ts";

const UNMETERED = { began: () => 0, finished: () => {} };

/** As grpc-js holds it. */
function callOn(stream: Arrival = {}): GrpcCall {
  return { call: { stream } } as unknown as GrpcCall;
}

describe("the intake of a process", () => {
  it("has room for as many calls as may be worked on", () => {
    const intake = new Intake(2);
    const calls = intake.counting(UNMETERED);
    intake.turnBegan(0);
    calls.began(callOn());
    expect(intake.hasRoom).toBe(true);
    calls.began(callOn());
    expect(intake.hasRoom).toBe(false);
  });

  it("counts a call until the end of the turn in which it was answered", () => {
    const intake = new Intake(1);
    const calls = intake.counting(UNMETERED);
    intake.turnBegan(0);
    calls.finished(calls.began(callOn()), Code.OK);
    expect(intake.hasRoom).toBe(false);
    intake.turnEnded();
    expect(intake.hasRoom).toBe(true);
  });

  it("has room in a new turn for those that were answered between turns", () => {
    const intake = new Intake(1);
    const calls = intake.counting(UNMETERED);
    intake.turnBegan(0);
    const began = calls.began(callOn());
    intake.turnEnded();
    expect(intake.hasRoom).toBe(false);
    calls.finished(began, Code.UNAVAILABLE);
    intake.turnBegan(1);
    expect(intake.hasRoom).toBe(true);
  });

  it("has no room for more than that by their headers, before one of them has begun", () => {
    const intake = new Intake(2);
    const calls = intake.counting(UNMETERED);
    const streams = [{}, {}];
    intake.turnBegan(0);
    for (const stream of streams) intake.letIn(stream);
    expect(intake.hasRoom).toBe(false);
    // Their messages come in later turns.
    for (const began of [1, 999, 1_000]) {
      intake.turnEnded();
      intake.turnBegan(began);
      expect(intake.hasRoom).toBe(false);
    }
    for (const stream of streams) calls.finished(calls.began(callOn(stream)), Code.OK);
    intake.turnEnded();
    expect(intake.hasRoom).toBe(true);
  });

  it("has room again in place of a call whose stream has closed before it has begun", () => {
    const intake = new Intake(1);
    const stream = {};
    intake.turnBegan(0);
    intake.letIn(stream);
    expect(intake.hasRoom).toBe(false);
    intake.gone(stream);
    expect(intake.hasRoom).toBe(true);
  });

  it("counts a call that has begun until it is answered, whatever becomes of its stream", () => {
    const intake = new Intake(1);
    const calls = intake.counting(UNMETERED);
    const stream = {};
    intake.turnBegan(0);
    intake.letIn(stream);
    const began = calls.began(callOn(stream));
    intake.gone(stream);
    expect(intake.hasRoom).toBe(false);
    calls.finished(began, Code.CANCELLED);
    intake.turnEnded();
    expect(intake.hasRoom).toBe(true);
  });

  it("does not count for ever on those that were let in and never sent a message", () => {
    const intake = new Intake(1);
    const stream = {};
    intake.turnBegan(0);
    intake.letIn(stream);
    intake.turnEnded();
    intake.turnBegan(1_000);
    expect(intake.hasRoom).toBe(false);
    intake.turnEnded();
    intake.turnBegan(2_000);
    expect(intake.hasRoom).toBe(true);
    // Nor takes them off twice.
    intake.gone(stream);
    intake.letIn({});
    expect(intake.hasRoom).toBe(false);
  });

  it("leaves none of those counted in the place of calls that are served meanwhile", () => {
    const intake = new Intake(3);
    const calls = intake.counting(UNMETERED);
    for (let second = 0; second < 10; second += 1) {
      intake.turnBegan(second * 1_000);
      intake.letIn({});
      for (let nth = 0; nth < 5; nth += 1) {
        const stream = {};
        expect(intake.hasRoom).toBe(true);
        intake.letIn(stream);
        calls.finished(calls.began(callOn(stream)), Code.OK);
        intake.turnEnded();
        intake.turnBegan(second * 1_000);
      }
      intake.turnEnded();
    }
  });

  it("refuses for a third of the time that it has served in a turn", () => {
    const intake = new Intake(1);
    intake.turnBegan(1_000);
    expect(intake.refused(1_300)).toBe(false);
    expect(intake.refused(1_399)).toBe(false);
    expect(intake.refused(1_400)).toBe(true);
  });

  it("refuses for some ms in a turn in which it has served nobody, and anew in the next", () => {
    const intake = new Intake(1);
    for (const began of [0, 50]) {
      intake.turnBegan(began);
      expect(intake.refused(began)).toBe(false);
      expect(intake.refused(began + 4)).toBe(false);
      expect(intake.refused(began + 5)).toBe(true);
      intake.turnEnded();
    }
  });
});
