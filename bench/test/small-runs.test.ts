import { describe, expect, it } from "vitest";
import { startFirstcome } from "../src/contestants/firstcome/firstcome.ts";
import { runCoupon } from "../src/contestants/firstcome/run-coupon.ts";
import { Generator } from "../src/load/generator.ts";
import { listPerWorker } from "../src/peers/list-per-worker/peer.ts";
import { runPeer } from "../src/peers/run-peer.ts";

const say = (): void => {};

describe("a run of firstcome-stream", () => {
  it("ends with a row for each user, its promises kept, and the CPU of each process", async () => {
    await using firstcome = await startFirstcome(say, say);
    await using generator = new Generator();
    const order = { method: "stream", first: 0, users: 600, connections: 2 } as const;
    const run = await runCoupon(firstcome, generator, { ...order, pace: { kind: "closed", asks: 4, batch: 50 } });
    expect([run.accepted, run.rows, run.violations]).toEqual([600, 600, []]);
    expect(run.issuedLagMs).toBeDefined();
    expect(Object.keys(run.cpuUsPerCoupon.byProcess).toSorted()).toEqual([
      "coupon",
      "dispatcher",
      "issuer",
      "mysql",
      "redis",
    ]);
  });
});

describe("a run of a peer", () => {
  it("ends with a row for each user, and tells what its fault costs", async () => {
    const { fault } = listPerWorker;
    if (fault === undefined) throw new Error("it has one");
    const peer = { ...listPerWorker, fault: { ...fault, users: 300, quantity: 300 } };
    const result = await runPeer(peer, { users: 400, warmUpUsers: 100, say });
    expect([result.accepted, result.rows, result.faults]).toEqual([
      400,
      400,
      { lost: 0, duplicated: 0, overIssued: 0 },
    ]);
    expect(result.faultExperiment).toMatchObject({ users: 300, duplicated: 0, overIssued: 0 });
    expect(Object.keys(result.cpuUsPerCoupon.byProcess).toSorted()).toEqual(["acceptor", "mysql", "redis", "worker"]);
  });
});
