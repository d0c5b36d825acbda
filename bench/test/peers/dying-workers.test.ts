import { eventually, privateServers } from "@firstcome/testkit";
import { Redis } from "ioredis";
import { createConnection, type RowDataPacket } from "mysql2/promise";
import { describe, expect, it } from "vitest";
import { listOf, listPerWorker } from "../../src/peers/list-per-worker/peer.ts";
import type { Acceptor } from "../../src/peers/peer.ts";
import { pubsubFanout } from "../../src/peers/pubsub-fanout/peer.ts";
import { openPeer } from "./peer-stand.ts";

describe("list-per-worker", () => {
  it("loses what a worker had popped and not yet written when it was killed", async () => {
    // A Redis of its own: only this peer's workers wait in it.
    const { redis: server } = await privateServers("redis");
    const stand = await openPeer(listPerWorker, { quantity: 100, redisUrl: server.url });
    const { env, acceptor, workers } = stand;
    const redis = new Redis(env.redisUrl);
    const victim = workers[0]?.pid ?? 0;
    // It waits for a user; frozen there, it is given one and does nothing with it.
    const list = listOf(env.couponId, 0);
    await eventually(async () => waitingFor(String(await redis.client("LIST")), "blpop") === 4);
    process.kill(victim, "SIGSTOP");

    const accepted = await acceptAll(acceptor, ["a0", "b1", "c2", "d3", "e0", "f1", "g2", "h3"]);
    await eventually(async () => (await written(env.mysqlUrl)) === 6);
    expect(await redis.lrange(list, 0, -1)).toEqual(["e0"]);
    await workers[0]?.kill();
    await stand.startWorker(0);
    accepted.push(...(await acceptAll(acceptor, ["i0", "j1", "k2", "l3"])));
    await eventually(async () => (await written(env.mysqlUrl)) === 11);
    redis.disconnect();

    expect(await listPerWorker.audit(env, { accepted })).toEqual({
      accepted: 12,
      rows: 11,
      duplicated: 0,
      lost: 1,
      overIssued: 0,
    });
  });
});

describe("pubsub-fanout", () => {
  it("writes every user once for each worker that listens, and loses those whom none heard", async () => {
    const stand = await openPeer(pubsubFanout, { quantity: 100 });
    const { env, acceptor, workers } = stand;
    const redis = new Redis(env.redisUrl);
    const listeners = async (): Promise<unknown> => (await redis.pubsub("NUMSUB", `coupon:${env.couponId}:issue`))[1];

    const accepted = await acceptAll(acceptor, ["heard-by-4"]);
    await eventually(async () => (await written(env.mysqlUrl)) === 4);
    await workers[0]?.kill();
    await eventually(async () => (await listeners()) === 3);
    accepted.push(...(await acceptAll(acceptor, ["heard-by-3"])));
    await eventually(async () => (await written(env.mysqlUrl)) === 7);
    await Promise.all(workers.map((worker) => worker.kill()));
    await eventually(async () => (await listeners()) === 0);
    accepted.push(...(await acceptAll(acceptor, ["heard-by-nobody"])));
    await Promise.all(workers.map((_, index) => stand.startWorker(index)));
    accepted.push(...(await acceptAll(acceptor, ["heard-by-4-again"])));
    await eventually(async () => (await written(env.mysqlUrl)) === 11);
    redis.disconnect();

    expect(await pubsubFanout.audit(env, { accepted })).toEqual({
      accepted: 4,
      rows: 11,
      duplicated: 8,
      lost: 1,
      overIssued: 0,
    });
  });
});

async function acceptAll(acceptor: Acceptor, userIds: readonly string[]): Promise<string[]> {
  for (const userId of userIds) expect(await acceptor.accept(userId)).toBe("ACCEPTED");
  return [...userIds];
}

/** Connections whose last command it is: those that wait in it. */
function waitingFor(clientList: string, command: string): number {
  return clientList.split("\n").filter((line) => line.includes(` cmd=${command} `)).length;
}

async function written(mysqlUrl: string): Promise<number> {
  const connection = await createConnection(mysqlUrl);
  try {
    const [rows] = await connection.query<RowDataPacket[]>("SELECT id FROM issued_coupon");
    return rows.length;
  } finally {
    await connection.end();
  }
}
