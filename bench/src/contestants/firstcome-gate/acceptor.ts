import { connectRedis, createKeys, Gate } from "@firstcome/redis";
import type { StartAcceptor } from "../../peers/peer.ts";

const start: StartAcceptor = async ({ redisUrl, couponId }) => {
  const redis = await connectRedis({ url: redisUrl, name: "acceptor" });
  const gate = new Gate({ redis, keys: createKeys() });
  return {
    async accept(userId) {
      const { outcome } = await gate.issue(couponId, userId);
      return outcome === "ACCEPTED" ? "ACCEPTED" : "LOST_RACE";
    },
    async [Symbol.asyncDispose]() {
      await gate.close();
      redis.disconnect();
    },
  };
};
export default start;
