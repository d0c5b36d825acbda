import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  IssueOutcome,
  type IssueCouponResponseSchema,
  type IssueCouponsResponseSchema,
} from "@firstcome/contracts/coupon";
import type { RpcError } from "@firstcome/rpc";
import type { Decision } from "../domain/issue-coupon.ts";
import { duration, timestamp } from "./time.ts";

export type IssueCouponResponse = MessageInitShape<typeof IssueCouponResponseSchema>;
type IssueCouponsResponse = MessageInitShape<typeof IssueCouponsResponseSchema>;

/** The gate's answer to one user. */
export function decisionMessage(decision: Decision): IssueCouponResponse {
  if (decision.outcome === "NOT_OPEN") {
    return { outcome: IssueOutcome.NOT_OPEN, opensAt: timestamp(decision.opensAt) };
  }
  const outcome = IssueOutcome[decision.outcome];
  if (!("issueNo" in decision)) return { outcome };
  return { outcome, issueNo: decision.issueNo, acceptedAt: timestamp(decision.acceptedAt) };
}

/**
 * The gate's answers to a batch, in columns.
 *
 * @param now epoch ms: the time of the decision when nobody has won
 */
export function batchMessage(batchId: number, decisions: readonly Decision[], now: number): IssueCouponsResponse {
  const outcomes: IssueOutcome[] = [];
  const issueNos: number[] = [];
  let decidedAt = 0;
  let earliest = Number.POSITIVE_INFINITY;
  let opensAt: number | undefined;
  for (const decision of decisions) {
    outcomes.push(IssueOutcome[decision.outcome]);
    issueNos.push("issueNo" in decision ? decision.issueNo : 0);
    if ("acceptedAt" in decision) {
      decidedAt = Math.max(decidedAt, decision.acceptedAt);
      earliest = Math.min(earliest, decision.acceptedAt);
    } else if (decision.outcome === "NOT_OPEN") opensAt = decision.opensAt;
  }
  return {
    batchId,
    outcomes,
    issueNos,
    decidedAt: timestamp(decidedAt === 0 ? now : decidedAt),
    acceptedMsBefore: earliest < decidedAt ? msBefore(decidedAt, decisions) : [],
    ...(opensAt === undefined ? {} : { opensAt: timestamp(opensAt) }),
  };
}

/** Why a batch was not decided. */
export function batchErrorMessage(batchId: number, error: RpcError): IssueCouponsResponse {
  const { code, reason, message, retryAfterMs } = error;
  const retryDelay = retryAfterMs === undefined ? {} : { retryDelay: duration(Math.ceil(retryAfterMs)) };
  return { batchId, error: { code, reason, message, ...retryDelay } };
}

function msBefore(decidedAt: number, decisions: readonly Decision[]): bigint[] {
  return decisions.map((decision) => ("acceptedAt" in decision ? BigInt(decidedAt - decision.acceptedAt) : 0n));
}
