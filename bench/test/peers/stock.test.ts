import { eventually } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import type { Peer } from "../../src/peers/peer.ts";
import { peers } from "../../src/peers/peers.ts";
import { openPeer, rabbitmqForFile } from "./peer-stand.ts";

const QUANTITY = 40;
/** Each asks twice. */
const USERS = Array.from({ length: 60 }, (_, n) => `user-${n}`);

const rabbitmq = await rabbitmqForFile();

/** Those that may over-issue, or do not know who has won, have tests of their own. */
const careful = peers.filter(({ name }) => !["get-incr", "double-counter", "pubsub-fanout"].includes(name));

describe.each(careful.map((peer): [string, Peer] => [peer.name, peer]))("%s", (_, peer) => {
  const needsRabbitmq = peer.needs.includes("rabbitmq");

  it.skipIf(needsRabbitmq && rabbitmq === undefined)(
    "issues no more than there is, and one to a user, to a crowd of which everybody asks twice",
    async () => {
      const { env, acceptor } = await openPeer(peer, { quantity: QUANTITY, amqpUrl: rabbitmq?.amqpUrl ?? "" });
      const asking = [...USERS, ...USERS];
      const answers = await Promise.all(asking.map((userId) => acceptor.accept(userId)));
      const accepted = asking.filter((__, i) => answers[i] === "ACCEPTED");
      expect(new Set(accepted).size).toBe(accepted.length);

      expect(accepted.length).toBeGreaterThan(0);

      const hasRows = peer.countRows !== undefined;
      if (hasRows) await eventually(async () => (await peer.countRows?.(env, QUANTITY)) === QUANTITY);
      const audit = await peer.audit(env, { accepted });
      // Those who applied with the scheduler were told no more than that; the counters give back what they took too late.
      const told = { "zset-cron": USERS.length, "double-counter-full": accepted.length }[peer.name] ?? QUANTITY;
      expect(audit).toEqual({
        accepted: told,
        rows: hasRows ? QUANTITY : 0,
        duplicated: 0,
        lost: peer.name === "zset-cron" ? USERS.length - QUANTITY : 0,
        overIssued: 0,
      });
    },
  );
});

describe("get-incr", () => {
  it("lets more win than there is when they ask at the same time", async () => {
    const peer = named("get-incr");
    const { env, acceptor } = await openPeer(peer, { quantity: 1 });
    const answers = await Promise.all(USERS.map((userId) => acceptor.accept(userId)));
    const accepted = USERS.filter((_, i) => answers[i] === "ACCEPTED");
    // What one connection sends in one turn is read at once: all its checks come before its first increment.
    expect(accepted.length).toBeGreaterThan(1);
    expect(await peer.audit(env, { accepted })).toEqual({
      accepted: accepted.length,
      rows: 0,
      duplicated: 0,
      lost: 0,
      overIssued: accepted.length - 1,
    });
  });
});

describe("double-counter", () => {
  it("never over-issues, but gives a user as many as he asks for", async () => {
    const peer = named("double-counter");
    const { env, acceptor } = await openPeer(peer, { quantity: 3 });
    const asking = ["greedy", "greedy", "late", "later", "latest"];
    const answers = await Promise.all(asking.map((userId) => acceptor.accept(userId)));
    const accepted = asking.filter((_, i) => answers[i] === "ACCEPTED");
    expect(accepted).toEqual(["greedy", "greedy", "late"]);
    expect(await peer.audit(env, { accepted })).toEqual({
      accepted: 2,
      rows: 0,
      duplicated: 1,
      lost: 0,
      overIssued: 0,
    });
  });
});

function named(name: string): Peer {
  const peer = peers.find((candidate) => candidate.name === name);
  if (peer === undefined) throw new Error(`no peer ${name}`);
  return peer;
}
