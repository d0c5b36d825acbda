import type { IssueAnswer } from "@firstcome/client";

/** One line of the history. Times are epoch ms. */
export type Entry = CallEntry | FaultEntry;

/** A call as its caller saw it. */
export interface CallEntry {
  /** When the answer came. */
  readonly at: number;
  readonly askedAt: number;
  readonly caller: string;
  /** Of which coupon service's front end. */
  readonly via: string;
  /** Empty: of no user in particular. */
  readonly user: string;
  /** Empty: of none in particular. */
  readonly coupon: string;
  /** "issue" is the client's own, which gathers calls; the others are RPCs. */
  readonly call: Call;
  readonly answer: Answer;
}

export type Call = "issue" | "IssueCoupon" | "CreateOrder" | "PayOrder" | "CancelOrder" | OperatorCall;

export type OperatorCall =
  | "AddStock"
  | "PauseCoupon"
  | "ResumeCoupon"
  | "FinishCoupon"
  | "GrantCoupons"
  | "RevokeUserCoupon"
  | "RebuildGate"
  | "ListDeadLetters"
  | "RedriveDeadLetters";

export type Answer = IssueAnswer | OrderAnswer | OperatorAnswer | Failure;

/** What an operator asked for is so. */
export interface OperatorAnswer {
  readonly outcome: "DONE";
  /** When it was asked for the first time, epoch ms: a repetition is answered for what came of it then. Absent: this time. */
  readonly firstAskedAt?: number;
}

/** What became of an order; when it was created, by which request. */
export interface OrderAnswer {
  readonly outcome: "CREATED" | "PAID" | "CANCELLED";
  readonly order: string;
  readonly requestId?: string;
}

export interface Failure {
  readonly outcome: "FAILED";
  readonly code: string;
  readonly reason: string;
  readonly message: string;
}

export interface FaultEntry {
  readonly at: number;
  readonly fault: string;
  readonly what: "begins" | "ended";
}
