import { bullmqBulk } from "./bullmq-bulk/peer.ts";
import { bullmq } from "./bullmq/peer.ts";
import { doubleCounterFull } from "./double-counter-full/peer.ts";
import { doubleCounterPiped } from "./double-counter-piped/peer.ts";
import { doubleCounter } from "./double-counter/peer.ts";
import { getIncr } from "./get-incr/peer.ts";
import { legacySync } from "./legacy-sync/peer.ts";
import { listPerWorker } from "./list-per-worker/peer.ts";
import { luaSingle } from "./lua-single/peer.ts";
import type { Peer } from "./peer.ts";
import { pubsubFanout } from "./pubsub-fanout/peer.ts";
import { rabbitmqBatch } from "./rabbitmq-batch/peer.ts";
import { rabbitmq } from "./rabbitmq/peer.ts";
import { zsetCron } from "./zset-cron/peer.ts";

/** All of them, in the order of the table: those that end at the accept, then those that go all the way to a row. */
export const peers: readonly Peer[] = [
  getIncr,
  doubleCounter,
  doubleCounterFull,
  doubleCounterPiped,
  luaSingle,
  legacySync,
  pubsubFanout,
  listPerWorker,
  zsetCron,
  bullmq,
  bullmqBulk,
  rabbitmq,
  rabbitmqBatch,
];
