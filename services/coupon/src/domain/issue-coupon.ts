import { type Loader, whenLoaded } from "./when-loaded.ts";

/** What the gate says to one user. Times are epoch ms by the clock of Redis. */
export type Decision =
  | { readonly outcome: "ACCEPTED" | "ALREADY_ISSUED"; readonly issueNo: number; readonly acceptedAt: number }
  | { readonly outcome: "NOT_OPEN"; readonly opensAt: number }
  | { readonly outcome: "SOLD_OUT" | "PAUSED" | "FINISHED" };

export interface AskOptions {
  /** Epoch ms; whoever still waits then is not decided on. */
  readonly deadline?: number | undefined;
  /** A grant needs stock only: it is given before the window, and while the coupon is paused. */
  readonly mode?: "race" | "grant";
}

/** Who decides. Throws UnavailableError, OverloadedError, TooLateError. */
export interface Gate {
  issue(couponId: string, userId: string, deadline?: number): Promise<Decision | "NOT_LOADED">;
  /** Answers in the order of the users. */
  issueAll(couponId: string, userIds: readonly string[], options: AskOptions): Promise<Decision[] | "NOT_LOADED">;
}

export interface IssueDeps {
  readonly gate: Gate;
  readonly loader: Loader;
}

/** Asks for one user. */
export async function issueCoupon(
  { gate, loader }: IssueDeps,
  couponId: string,
  userId: string,
  deadline?: number,
): Promise<Decision | "UNKNOWN_COUPON"> {
  return whenLoaded(loader, couponId, () => gate.issue(couponId, userId, deadline));
}

/** Asks for many users of one coupon, in the order of their arrival; the answers come in the same order. */
export async function issueCoupons(
  { gate, loader }: IssueDeps,
  couponId: string,
  userIds: readonly string[],
  options: AskOptions,
): Promise<Decision[] | "UNKNOWN_COUPON"> {
  return whenLoaded(loader, couponId, () => gate.issueAll(couponId, userIds, options));
}
