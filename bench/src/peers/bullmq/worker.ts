import { Worker } from "bullmq";
import type { StartWorker } from "../peer.ts";
import { insertRow, openPool } from "../shop/insert-row.ts";
import { connectionOf, type IssueJob, queueNameOf } from "./issue-queue.ts";

const JOBS_AT_ONCE = 32;

const start: StartWorker = async (env) => {
  const pool = openPool(env, JOBS_AT_ONCE);
  const worker = new Worker<IssueJob>(
    queueNameOf(env.couponId),
    ({ data: { couponId, userId } }) => insertRow(pool, couponId, userId),
    { connection: connectionOf(env), concurrency: JOBS_AT_ONCE },
  );
  worker.on("error", (error) => console.error(error));
  await worker.waitUntilReady();
  return {
    async [Symbol.asyncDispose]() {
      await worker.close();
      await pool.end();
    },
  };
};
export default start;
