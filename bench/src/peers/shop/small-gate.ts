import type { Redis } from "ioredis";
import type { PeerEnv } from "../peer.ts";
import { loadLua } from "./load-lua.ts";

/**
 * Who wins, decided in Redis by a script call for each user: how a shop guards the queue that it puts behind it. Resolves to whether
 * the user has won just now.
 */
export function openSmallGate(redis: Redis, { couponId, quantity }: PeerEnv): (userId: string) => Promise<boolean> {
  const take = loadLua(redis, new URL("./small-gate.lua", import.meta.url), 1);
  const winners = `coupon:${couponId}:winners`;
  return async (userId) => (await take(winners, userId, quantity)) === 1;
}
