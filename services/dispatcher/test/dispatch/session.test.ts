import { beforeEach, describe, expect, it } from "vitest";
import { beatOnce } from "../../src/dispatch/heartbeats.ts";
import type { Session } from "../../src/dispatch/session.ts";
import { aBatch } from "../domain/a-batch.ts";
import { aDispatch, attach, FakeLine, turn } from "./a-dispatch.ts";

let world: ReturnType<typeof aDispatch>;
let line: FakeLine;
let session: Session;

beforeEach(() => {
  world = aDispatch();
  line = new FakeLine();
  session = attach(world.dispatch, line);
});

describe("heartbeats", () => {
  it("are said only when nothing else was", async () => {
    beatOnce(world.dispatch);
    session.heard();
    world.dispatch.offer([aBatch("a")]);
    await turn();
    beatOnce(world.dispatch);
    beatOnce(world.dispatch);
    expect(line.said).toEqual(["heartbeat", "deliver a", "heartbeat"]);
  });

  it("end the session when three intervals passed without a word", async () => {
    for (let beat = 0; beat < 3; beat += 1) beatOnce(world.dispatch);
    expect(world.dispatch.workers).toBe(1);
    beatOnce(world.dispatch);
    expect(await session.over).toBe("HEARTBEATS_MISSED");
    expect(world.dispatch.workers).toBe(0);
  });
});

describe("a worker that does not read", () => {
  beforeEach(async () => {
    line.reads = false;
    world.dispatch.offer([aBatch("a")]);
    await turn();
  });

  it("is told nothing more until it reads", async () => {
    world.dispatch.offer([aBatch("b")]);
    session.ack(["a"]);
    await world.settler.runOnce();
    beatOnce(world.dispatch);
    await turn();
    expect(line.said).toEqual(["deliver a"]);
    line.readAgain();
    await turn();
    await turn();
    expect(line.said).toEqual(["deliver a", "confirm a", "deliver b"]);
  });

  it("is still told that it is drained", async () => {
    session.drain(0);
    session.ack(["a"]);
    await world.settler.runOnce();
    line.readAgain();
    await turn();
    expect(line.said).toEqual(["deliver a", "confirm a", "drained"]);
    expect(await session.over).toBe("DRAINED");
  });
});

describe("Drain", () => {
  it("waits for what is acknowledged to be confirmed", async () => {
    world.dispatch.offer([aBatch("a")]);
    await turn();
    session.drain(0);
    session.ack(["a"]);
    expect(line.said).toEqual(["deliver a"]);
    await world.settler.runOnce();
    expect(line.said).toEqual(["deliver a", "confirm a", "drained"]);
  });

  it("keeps the deadline of the GoAway that it follows", async () => {
    world.dispatch.offer([aBatch("a")]);
    await turn();
    session.sendAway("MAX_STREAM_AGE", 500, 0);
    session.drain(400);
    session.checkTime(499);
    expect(line.said).toEqual(["deliver a", "go away MAX_STREAM_AGE 500"]);
    session.checkTime(500);
    expect(line.said.at(-1)).toBe("drained");
    expect(world.holdings.ready.size).toBe(1);
  });
});

describe("an Ack that is heard when its session is over", () => {
  it("settles nothing: it may be of a part whose rest died, which nobody here remembers", async () => {
    const { dispatch, source, settler, holdings, clock } = world;
    dispatch.offer([aBatch("a")]);
    await turn();
    const failures = [
      { kind: "fatal", userIds: ["u1"], reason: "BAD_ROW" },
      { kind: "released", userIds: ["u2", "u3"], reason: "" },
    ] as const;
    session.nack({ batchId: "a", token: "1", failures });
    clock.set(10);
    holdings.wake(10);
    dispatch.creditChanged();
    await turn();
    expect(line.said).toEqual(["deliver a", "deliver a"]);
    session.end("HEARTBEATS_MISSED");
    holdings.endRelease(holdings.beginReleaseOfAll(), true, 10);

    session.ack(["a"]);

    await settler.runOnce();
    expect([settler.size, source.settled]).toEqual([0, []]);
  });
});
