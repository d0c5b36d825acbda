import type { HeldLease, RedisClient } from "@firstcome/redis";
import { fullJitterBackoff, type Logger } from "@firstcome/runtime";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClosedBehind } from "../domain/gates-behind.ts";

export interface WhenRedisReturnsSpec {
  readonly redis: RedisClient;
  /** So that one process looks at a time. */
  readonly lease: { acquire(): Promise<HeldLease | undefined> };
  /** Closes the gates that are behind. */
  readonly closeBehind: (signal: AbortSignal) => Promise<ClosedBehind>;
  /** Loads what was closed. */
  readonly load: (couponIds: readonly string[], signal: AbortSignal) => Promise<void>;
  /** Tells Redis of terms that it holds in an older version. */
  readonly tellTerms: (signal: AbortSignal) => Promise<unknown>;
  /** How long workers may take to write what they had before, in ms. */
  readonly settleMs: number;
  readonly log: Logger;
}

const backoff = fullJitterBackoff({ baseMs: 100, maxMs: 2_000 });
/** How long a look is repeated that does not come through, in ms. From then on the passes of each minute do. */
const PATIENCE_MS = 120_000;

export interface RedisWatch extends AsyncDisposable {
  /** Looks as if Redis had returned now. */
  look(): void;
}

/**
 * Looks at all gates whenever the connection to Redis is there again: it may have come back with older data, and each number
 * that such a gate gives before it is looked at may belong to another.
 *
 * A look that fails, that leaves out some, or that another process is at (which may have begun before this return) is repeated
 * until it is through, for two minutes. On a cluster that covers the promotion of a replica, of which nothing tells: until then
 * the shard does not answer, and no look is whole. One more look follows when workers have written what they had from the Redis
 * of before.
 */
export function whenRedisReturns(spec: WhenRedisReturnsSpec): RedisWatch {
  const { redis, load, settleMs, log } = spec;
  const stopping = new AbortController();
  const { signal } = stopping;
  let isDue = false;
  let isFirst = false;
  let repeatUntil = 0;
  let second: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  let loading = Promise.resolve();

  const look = (): void => {
    isDue = true;
    repeatUntil = performance.now() + PATIENCE_MS;
    looking ??= lookWhileDue();
  };
  const lookWhileDue = async (): Promise<void> => {
    let failures = 0;
    while (isDue && !signal.aborted) {
      isDue = false;
      const { closed, whole, failure } = await lookOnce(spec, signal);
      // Apart, so that a long load keeps no look waiting.
      loading = loading.then(() => load(closed, signal));
      if (whole) {
        failures = 0;
        if (!isFirst || isDue) continue;
        isFirst = false;
        second = setTimeout(look, settleMs);
        continue;
      }
      if (failure !== undefined && failures === 0 && !signal.aborted) log.error({ err: failure }, NOT_LOOKED_AT);
      isDue ||= performance.now() < repeatUntil;
      await sleep(backoff(failures), undefined, { signal }).catch(() => undefined);
      failures += 1;
    }
    looking = undefined;
  };
  const onReturn = (): void => {
    isFirst = true;
    clearTimeout(second);
    look();
  };
  // The first connection was made before this is called. A cluster says so of each node.
  const events = ["ready", "+node"] as const;
  for (const event of events) redis.on(event, onReturn);
  return {
    look: onReturn,
    async [Symbol.asyncDispose]() {
      for (const event of events) redis.off(event, onReturn);
      stopping.abort();
      await looking;
      // Only now: a look that came through while it was stopped has set it.
      clearTimeout(second);
      await loading;
    },
  };
}

const NOT_LOOKED_AT = "what Redis came back with could not be looked at; looking again";

async function lookOnce(spec: WhenRedisReturnsSpec, stop: AbortSignal): Promise<ClosedBehind & { failure?: unknown }> {
  const { lease, closeBehind, tellTerms } = spec;
  let closed: readonly string[] = [];
  try {
    const held = await lease.acquire();
    if (!held) return { closed, whole: false };
    try {
      const signal = AbortSignal.any([stop, held.signal]);
      const behind = await closeBehind(signal);
      closed = behind.closed;
      await tellTerms(signal);
      return behind;
    } finally {
      await held.release();
    }
  } catch (failure) {
    return { closed, whole: false, failure };
  }
}
