import { describe, expect, it } from "vitest";
import type { Peer } from "../../src/peers/peer.ts";
import { peers } from "../../src/peers/peers.ts";
import { runPeer } from "../../src/peers/run-peer.ts";
import { rabbitmqForFile } from "./peer-stand.ts";

const USERS = 300;
const WARM_UP_USERS = 50;

const rabbitmq = await rabbitmqForFile();

describe.each(peers.map((peer): [string, Peer] => [peer.name, peer]))("%s", (name, { fault: _, ...peer }) => {
  it.skipIf(peer.needs.includes("rabbitmq") && rabbitmq === undefined)(
    "does the work of the bench, and is audited",
    async () => {
      const result = await runPeer(peer, { users: USERS, warmUpUsers: WARM_UP_USERS, say: () => {} });
      const rows = peer.countRows === undefined ? 0 : USERS;
      const duplicated = name === "pubsub-fanout" ? 3 * (USERS + WARM_UP_USERS) : 0;
      expect(result).toMatchObject({ accepted: USERS, rows, faults: { lost: 0, duplicated, overIssued: 0 } });
      const measured = Object.keys(result.cpuUsPerCoupon.byProcess);
      expect(measured.toSorted()).toEqual(
        [...peer.needs, "acceptor", ...(peer.worker === undefined ? [] : ["worker"])].toSorted(),
      );
    },
  );
});
