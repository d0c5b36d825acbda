import { Cluster } from "ioredis";
import type { RedisClient } from "../connect.ts";
import type { Keys } from "../keys.ts";
import { loadScript } from "../script.ts";

/** What waits in the hand-off streams of the partitions that could be asked. */
export interface HandoffBacklog {
  /** Entries not settled yet. */
  readonly entries: number;
  /** How long ago the oldest of them was appended, in ms by the clock of Redis; 0 without any. */
  readonly oldestMs: number;
  /** Why a partition could not be asked; undefined when all were. */
  readonly failure: unknown;
}

const script = loadScript(new URL("./measure-backlog.lua", import.meta.url));

/**
 * Partitions in one call of the script: all there are, unless set otherwise. Of each, Lua is handed the first entry whole: a call
 * takes Redis 0.04 ms when nothing waits, 0.2 ms with entries of 64 users, and 1.5 ms with those of 1 000 UUIDs.
 */
const PARTITIONS_AT_ONCE = 16;

/** Asks all partitions in one round trip. Never throws: on a cluster, a part may answer while another is away. */
export async function measureBacklog(redis: RedisClient, keys: Keys): Promise<HandoffBacklog> {
  // No call may span slots.
  const atOnce = redis instanceof Cluster ? 1 : PARTITIONS_AT_ONCE;
  let entries = 0;
  let oldestMs = 0;
  let failure: unknown;
  await Promise.all(
    Array.from({ length: Math.ceil(keys.partitions / atOnce) }, async (_, call) => {
      const length = Math.min(atOnce, keys.partitions - call * atOnce);
      const streams = Array.from({ length }, (__, i) => keys.handoff(call * atOnce + i));
      try {
        const [waiting, ageMs] = (await script(redis, streams, [])) as [number, number];
        entries += waiting;
        oldestMs = Math.max(oldestMs, ageMs);
      } catch (error) {
        failure = error;
      }
    }),
  );
  return { entries, oldestMs, failure };
}
