import { randomUUID } from "node:crypto";
import type { RedisClient } from "../connect.ts";
import { releaseLease } from "./release-lease.ts";
import { renewLease } from "./renew-lease.ts";

export interface RedisLeaseOptions {
  readonly redis: RedisClient;
  /** From `Keys.lease`. */
  readonly key: string;
  /** How long the lease outlives a holder that died, in ms. */
  readonly ttlMs: number;
}

/** A lease that is held, and kept alive until it is released or lost. */
export interface HeldLease {
  /** Aborts before the lease can belong to another: whatever it guards must stop writing then. */
  readonly signal: AbortSignal;
  release(): Promise<void>;
}

/**
 * A lease on a job, with one holder at a time.
 *
 * It is renewed each third of its life. A holder that cannot renew it gives up when two thirds of it have passed since the
 * last renewal was sent, by its own monotonic clock: before Redis, which counts from later, lets anyone else have it.
 */
export function createRedisLease({ redis, key, ttlMs }: RedisLeaseOptions): {
  acquire(): Promise<HeldLease | undefined>;
} {
  return {
    async acquire() {
      const token = randomUUID();
      const sentAt = performance.now();
      if ((await redis.set(key, token, "PX", ttlMs, "NX")) !== "OK") return undefined;
      return hold(redis, key, token, ttlMs, sentAt);
    },
  };
}

function hold(redis: RedisClient, key: string, token: string, ttlMs: number, acquiredAt: number): HeldLease {
  const lost = new AbortController();
  let goodUntil = acquiredAt + (ttlMs * 2) / 3;
  let renewing: Promise<void> = Promise.resolve();

  const renewal = setInterval(() => {
    const sentAt = performance.now();
    renewing = renewLease(redis, key, token, ttlMs)
      .then((ours) => (ours ? prolong(sentAt) : lose("it belongs to another")))
      .catch(() => undefined); // Redis is away: the next renewal tries again, or the deadline passes.
  }, ttlMs / 3);
  let deadline = setTimeout(expire, Math.max(0, goodUntil - performance.now()));

  function prolong(sentAt: number): void {
    if (lost.signal.aborted) return;
    goodUntil = sentAt + (ttlMs * 2) / 3;
    clearTimeout(deadline);
    deadline = setTimeout(expire, Math.max(0, goodUntil - performance.now()));
  }
  function expire(): void {
    lose("it could not be renewed in time");
  }
  function lose(why: string): void {
    clearInterval(renewal);
    clearTimeout(deadline);
    lost.abort(new Error(`the lease ${key} is lost: ${why}`));
  }

  return {
    signal: lost.signal,
    async release() {
      const wasOurs = !lost.signal.aborted;
      lose("it was released");
      await renewing;
      if (wasOurs) await releaseLease(redis, key, token);
    },
  };
}
