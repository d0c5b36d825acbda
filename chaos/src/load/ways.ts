import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { FirstcomeClient, IssueAnswer } from "@firstcome/client";
import { type IssueCouponResponse, IssueOutcome } from "@firstcome/contracts/coupon";
import type { CallersClient } from "../stage/stage.ts";

/** One of the ways in which a coupon can be asked for. */
export interface Way {
  readonly via: string;
  readonly call: "issue" | "IssueCoupon";
  ask(couponId: string, userId: string, timeoutMs: number): Promise<IssueAnswer>;
}

/** Each coupon service, gathered on its stream and call by call: those of one service are not neighbours in the list. */
export function waysOf(clients: readonly CallersClient[]): Way[] {
  return [
    ...clients.map(({ via, client }): Way => ({ via, call: "IssueCoupon", ask: unary(client) })),
    ...clients.map(({ via, client }): Way => ({ via, call: "issue", ask: gathered(client) })),
  ];
}

function gathered(client: FirstcomeClient): Way["ask"] {
  return (couponId, userId, timeoutMs) => client.issue(couponId, userId, { timeoutMs });
}

function unary(client: FirstcomeClient): Way["ask"] {
  return async (couponId, userId, timeoutMs) =>
    toAnswer(await client.coupons.issueCoupon({ couponId, userId }, { timeoutMs }));
}

function toAnswer({ outcome, issueNo, acceptedAt, opensAt }: IssueCouponResponse): IssueAnswer {
  switch (outcome) {
    case IssueOutcome.ACCEPTED:
      return { outcome: "ACCEPTED", issueNo, acceptedAt: acceptedAt ? timestampMs(acceptedAt) : 0 };
    case IssueOutcome.ALREADY_ISSUED:
      return { outcome: "ALREADY_ISSUED", issueNo, acceptedAt: acceptedAt ? timestampMs(acceptedAt) : 0 };
    case IssueOutcome.NOT_OPEN:
      return { outcome: "NOT_OPEN", opensAt: opensAt ? timestampMs(opensAt) : 0 };
    case IssueOutcome.SOLD_OUT:
      return { outcome: "SOLD_OUT" };
    case IssueOutcome.PAUSED:
      return { outcome: "PAUSED" };
    case IssueOutcome.FINISHED:
      return { outcome: "FINISHED" };
    case IssueOutcome.UNSPECIFIED:
    default:
      throw new TypeError(`the coupon service answered with outcome ${outcome}`);
  }
}
