import type { Redis } from "ioredis";
import type { Acceptor, PeerEnv } from "../peer.ts";
import { keysOf } from "./peer.ts";

/** The commands of the design, which travel one way or another. */
export interface Steps {
  /** Adds the user to the winners and counts the request. Returns 1 or 0: whether the user is new; and which request it was. */
  readonly count: (userId: string) => Promise<readonly [isNew: number, request: number]>;
  /** Counts the piece as issued and hands the winner off. */
  readonly handOff: (userId: string) => Promise<unknown>;
}

/** What the two counters do for a user, with what puts the counts right where nobody wins. */
export function countAndHandOff(
  { couponId, quantity }: Pick<PeerEnv, "couponId" | "quantity">,
  redis: Pick<Redis, "decr" | "srem">,
  { count, handOff }: Steps,
): Acceptor["accept"] {
  const { requested, winners } = keysOf(couponId);
  return async (userId) => {
    const [isNew, request] = await count(userId);
    if (isNew === 0) {
      // The request of somebody who has won before takes no piece.
      await redis.decr(requested);
      return "LOST_RACE";
    }
    if (request > quantity) {
      await redis.srem(winners, userId);
      return "LOST_RACE";
    }
    await handOff(userId);
    return "ACCEPTED";
  };
}
