import type { StartAcceptor } from "../peer.ts";
import { connectRedis } from "../shop/connect-redis.ts";
import { applicantsOf } from "./peer.ts";

/** NX: who applies again keeps the place. "Accepted" means that the application is in: who has won is decided later. */
const start: StartAcceptor = async (env) => {
  const redis = await connectRedis(env);
  const applicants = applicantsOf(env.couponId);
  return {
    accept: async (userId) =>
      (await redis.zadd(applicants, "NX", Date.now(), userId)) === 1 ? "ACCEPTED" : "LOST_RACE",
    async [Symbol.asyncDispose]() {
      redis.disconnect();
    },
  };
};
export default start;
