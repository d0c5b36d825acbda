import { timestampMs } from "@bufbuild/protobuf/wkt";
import { type IssueCouponResponse, type IssueCouponsResponse, IssueOutcome } from "@firstcome/contracts/coupon";
import { Code, RpcError } from "@firstcome/rpc";

/**
 * What the gate says to one user. Times are epoch ms by the service's clock.
 *
 * A user who has a number gets the same one however often they ask. ALREADY_ISSUED is therefore also the answer to a
 * call that won, whose first answer was lost on the way and which was asked again.
 */
export type IssueAnswer =
  | {
      readonly outcome: "ACCEPTED" | "ALREADY_ISSUED";
      /** From 1, in the order of acceptance. */
      readonly issueNo: number;
      /** When the number was given. */
      readonly acceptedAt: number;
    }
  | { readonly outcome: "NOT_OPEN"; readonly opensAt: number }
  | { readonly outcome: "SOLD_OUT" | "PAUSED" | "FINISHED" };

/** @throws RpcError INTERNAL (MALFORMED_ANSWER) when the answer breaks the contract */
export function answerOf({ outcome, issueNo, acceptedAt, opensAt }: IssueCouponResponse): IssueAnswer {
  return toAnswer(outcome, issueNo, acceptedAt && timestampMs(acceptedAt), opensAt && timestampMs(opensAt));
}

/**
 * The answers of a batch, in the order of its users.
 *
 * @throws RpcError INTERNAL (MALFORMED_ANSWER) when the answer breaks the contract
 */
export function answersOf(response: IssueCouponsResponse, users: number): IssueAnswer[] {
  const { outcomes, issueNos, acceptedMsBefore } = response;
  const decidedAt = response.decidedAt && timestampMs(response.decidedAt);
  const opensAt = response.opensAt && timestampMs(response.opensAt);
  if (outcomes.length !== users) throw malformed(`${outcomes.length} outcomes for ${users} users`);
  return outcomes.map((outcome, i) => {
    const acceptedAt = decidedAt === undefined ? undefined : decidedAt - Number(acceptedMsBefore[i] ?? 0n);
    return toAnswer(outcome, issueNos[i] ?? 0, acceptedAt, opensAt);
  });
}

function toAnswer(
  outcome: IssueOutcome,
  issueNo: number,
  acceptedAt: number | undefined,
  opensAt: number | undefined,
): IssueAnswer {
  switch (outcome) {
    case IssueOutcome.ACCEPTED:
    case IssueOutcome.ALREADY_ISSUED:
      if (issueNo === 0 || acceptedAt === undefined) throw malformed("a winner without a number or a time");
      return {
        outcome: outcome === IssueOutcome.ACCEPTED ? "ACCEPTED" : "ALREADY_ISSUED",
        issueNo,
        acceptedAt,
      };
    case IssueOutcome.NOT_OPEN:
      if (opensAt === undefined) throw malformed("not open, without a time");
      return { outcome: "NOT_OPEN", opensAt };
    case IssueOutcome.SOLD_OUT:
      return SOLD_OUT;
    case IssueOutcome.PAUSED:
      return PAUSED;
    case IssueOutcome.FINISHED:
      return FINISHED;
    case IssueOutcome.UNSPECIFIED:
    default:
      throw malformed(`an outcome that this client does not know: ${outcome}`);
  }
}

/** Most callers lose: they share their answer. */
const SOLD_OUT: IssueAnswer = Object.freeze({ outcome: "SOLD_OUT" });
const PAUSED: IssueAnswer = Object.freeze({ outcome: "PAUSED" });
const FINISHED: IssueAnswer = Object.freeze({ outcome: "FINISHED" });

function malformed(what: string): RpcError {
  return new RpcError(Code.INTERNAL, "MALFORMED_ANSWER", `the coupon service answered with ${what}`);
}
