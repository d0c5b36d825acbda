import { type ConnectionOptions, type JobsOptions, Queue } from "bullmq";
import type { PeerEnv } from "../peer.ts";

export interface IssueJob {
  readonly couponId: string;
  readonly userId: string;
}

export const JOB_NAME = "issue";

export function queueNameOf(couponId: string): string {
  return `issue-coupon-${couponId}`;
}

export function openIssueQueue(env: PeerEnv): Queue<IssueJob> {
  return new Queue<IssueJob>(queueNameOf(env.couponId), {
    connection: connectionOf(env),
    // Done jobs are of no use to anybody: the row is there.
    defaultJobOptions: { removeOnComplete: true, attempts: 5, backoff: { type: "exponential", delay: 100 } },
  });
}

/** The job of one winner, under an id that makes a second one of the same user the same job. */
export function jobOf(couponId: string, userId: string): { name: string; data: IssueJob; opts: JobsOptions } {
  return { name: JOB_NAME, data: { couponId, userId }, opts: { jobId: `${couponId}-${userId}` } };
}

/** A Worker waits with blocking commands, which may take as long as they like: hence no limit of retries. */
export function connectionOf({ redisUrl }: PeerEnv): ConnectionOptions {
  return { url: redisUrl, maxRetriesPerRequest: null };
}
