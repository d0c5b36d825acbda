import { randomInt } from "node:crypto";
import { type LocalRabbitmq, MissingServersError, startRabbitmq } from "@firstcome/stack";
import { cleanUpAfterFile, testDatabase, testRedis } from "@firstcome/testkit";
import { Redis } from "ioredis";
import { Child } from "../../src/children/child.ts";
import type { Acceptor, Peer, PeerEnv, StartAcceptor } from "../../src/peers/peer.ts";

/** A peer at work: its acceptor in this process, its workers as processes of their own, which may be killed. */
export interface PeerStand {
  readonly env: PeerEnv;
  readonly acceptor: Acceptor;
  readonly workers: Child[];
  startWorker(index: number): Promise<void>;
}

/** Opens a peer on an empty schema and a coupon of its own; it is closed when the file is through. */
export async function openPeer(peer: Peer, options: OpenOptions): Promise<PeerStand> {
  const { quantity, redisUrl = testRedis().url, amqpUrl = "" } = options;
  const couponId = String(randomInt(1, 2 ** 40));
  cleanUpAfterFile(() => removeKeys(redisUrl, couponId));
  const { url: mysqlUrl } = await testDatabase();
  const env: PeerEnv = { redisUrl, mysqlUrl, amqpUrl, couponId, quantity };
  await peer.prepare(env);

  const workers: Child[] = [];
  cleanUpAfterFile(async () => {
    await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
  });
  const startWorker = async (index: number): Promise<void> => {
    workers[index] = new Child(new URL("../../src/peers/worker-main.ts", import.meta.url));
    const order = { module: peer.worker?.module.href, env, index };
    await workers[index].obey("start", order, { deadlineMs: 60_000 });
  };
  await Promise.all(Array.from({ length: peer.worker?.count ?? 0 }, (_, index) => startWorker(index)));

  const { default: startAcceptor } = (await import(peer.acceptor.href)) as { default: StartAcceptor };
  const acceptor = await startAcceptor(env);
  cleanUpAfterFile(async () => await acceptor[Symbol.asyncDispose]());
  return { env, acceptor, workers, startWorker };
}

export interface OpenOptions {
  readonly quantity: number;
  /** The run's shared one unless given. */
  readonly redisUrl?: string;
  readonly amqpUrl?: string;
}

/** A RabbitMQ for the test file; undefined on a machine that has none and cannot get one, which no part of Firstcome needs. */
export async function rabbitmqForFile(): Promise<LocalRabbitmq | undefined> {
  try {
    const rabbitmq = await startRabbitmq({ log: (line) => console.log(line) });
    cleanUpAfterFile(async () => await rabbitmq[Symbol.asyncDispose]());
    return rabbitmq;
  } catch (error) {
    if (error instanceof MissingServersError) return undefined;
    throw error;
  }
}

/** Peers have no key prefix: a shop has its Redis to itself. The coupon's id is in all their keys. */
async function removeKeys(redisUrl: string, couponId: string): Promise<void> {
  const redis = new Redis(redisUrl);
  try {
    for await (const keys of redis.scanStream({ match: `*coupon*${couponId}*`, count: 1_000 }) as AsyncIterable<
      string[]
    >) {
      if (keys.length > 0) await redis.unlink(...keys);
    }
  } finally {
    redis.disconnect();
  }
}
