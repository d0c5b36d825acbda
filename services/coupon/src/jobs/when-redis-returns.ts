import type { HeldLease, RedisClient } from "@firstcome/redis";
import type { Logger } from "@firstcome/runtime";

export interface WhenRedisReturnsSpec {
  readonly redis: RedisClient;
  /** So that one process does it for all. */
  readonly lease: { acquire(): Promise<HeldLease | undefined> };
  readonly runOnce: (signal: AbortSignal) => Promise<unknown>;
  readonly log: Logger;
}

/**
 * Runs a pass at once whenever the connection to Redis is there again: it may have come back with older data, and each number
 * that such a gate gives before it is looked at may belong to another. A pass that throws is logged; those on a schedule do
 * the same later.
 */
export function whenRedisReturns({ redis, lease, runOnce, log }: WhenRedisReturnsSpec): AsyncDisposable {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  const pass = async (): Promise<void> => {
    try {
      const held = await lease.acquire();
      if (!held) return;
      try {
        await runOnce(AbortSignal.any([stopping.signal, held.signal]));
      } finally {
        await held.release();
      }
    } catch (error) {
      log.error({ err: error }, "what Redis came back with could not be looked at");
    }
  };
  const onReady = (): void => {
    running ??= pass().finally(() => (running = undefined));
  };
  // The first connection was made before this is called. A cluster says so of each node.
  const events = ["ready", "+node"] as const;
  for (const event of events) redis.on(event, onReady);
  return {
    async [Symbol.asyncDispose]() {
      for (const event of events) redis.off(event, onReady);
      stopping.abort();
      await running;
    },
  };
}
