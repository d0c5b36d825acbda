import { MissingServersError } from "@firstcome/stack";
import { describe, expect, it } from "vitest";
import { firstcomeGate } from "../../src/contestants/firstcome-gate/contestant.ts";
import type { Peer } from "../../src/peers/peer.ts";
import { peers } from "../../src/peers/peers.ts";
import { runPeer } from "../../src/peers/run-peer.ts";

const USERS = 300;
const WARM_UP_USERS = 50;
const WINDOWS = 3;
const IN_A_WINDOW = USERS / WINDOWS;

/** Firstcome's own gate is called and audited as they are. */
const contestants = [firstcomeGate, ...peers];

describe.each(contestants.map((peer): [string, Peer] => [peer.name, peer]))("%s", (name, { fault: _, ...peer }) => {
  it("does the work of the bench, and is audited", async ({ skip }) => {
    const run = runPeer(peer, { users: USERS, windows: WINDOWS, warmUpUsers: WARM_UP_USERS, say: () => {} });
    const result = await run.catch((error: unknown) => {
      // Which no part of Firstcome needs: a machine may have none, and not be able to get one.
      if (peer.needs.includes("rabbitmq") && error instanceof MissingServersError) skip("there is no RabbitMQ");
      throw error;
    });
    // One window is shown; the faults are of all of them, and not of the warm-up.
    const rows = peer.countRows === undefined ? 0 : IN_A_WINDOW;
    const duplicated = name === "pubsub-fanout" ? 3 * USERS : 0;
    expect(result).toMatchObject({
      users: IN_A_WINDOW,
      accepted: IN_A_WINDOW,
      rows,
      rounds: WINDOWS,
      faults: { lost: 0, duplicated, overIssued: 0 },
    });
    const measured = Object.keys(result.cpuUsPerCoupon.byProcess);
    expect(measured.toSorted()).toEqual(
      [...peer.needs, "acceptor", ...(peer.worker === undefined ? [] : ["worker"])].toSorted(),
    );
  });
});
