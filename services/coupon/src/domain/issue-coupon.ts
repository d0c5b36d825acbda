import type { Win } from "./user-coupon.ts";
import { TooLateError } from "./faults.ts";
import { type Loader, onceLoaded, whenLoaded } from "./when-loaded.ts";

/** What the gate says to one user. Times are epoch ms by the clock of Redis. */
export type Decision =
  | { readonly outcome: "ACCEPTED" | "ALREADY_ISSUED"; readonly issueNo: number; readonly acceptedAt: number }
  | Loss;

export type Loss =
  | { readonly outcome: "NOT_OPEN"; readonly opensAt: number }
  | { readonly outcome: "SOLD_OUT" | "PAUSED" | "FINISHED" };

export interface AskOptions {
  /** Epoch ms; whoever still waits then is not decided on. */
  readonly deadline?: number | undefined;
  /** A grant needs stock only: it is given before the window, and while the coupon is paused. */
  readonly mode?: "race" | "grant";
  /** Asked before the gate is: false, nobody hears the answer any more. */
  readonly isAwaited?: () => boolean;
}

/** Who decides. Throws UnavailableError, OverloadedError, TooLateError. */
export interface Gate {
  issue(couponId: string, userId: string, deadline?: number): Promise<Decision | "NOT_LOADED">;
  /** Answers in the order of the users. */
  issueAll(couponId: string, userIds: readonly string[], options: AskOptions): Promise<Decision[] | "NOT_LOADED">;
}

/** Who decides about complete coupons, which the gate need not hold. Throws UnavailableError, OverloadedError, TooLateError. */
export interface CompleteGate {
  /** Answers in the order of the users. `deadline` is epoch ms. */
  decide(couponId: string, userIds: readonly string[], deadline?: number): Promise<Decision[]>;
}

/** Who knows, without asking the gate, what it says about coupons that nobody can win now. */
export interface ClosedGates {
  /** What is known of a coupon at this moment, to be used at this moment. Undefined: ask the gate. */
  of(couponId: string): ClosedGate | undefined;
  /** Told of what the gate has decided on so many users. */
  noted(couponId: string, outcome: Decision["outcome"], users: number): void;
}

export interface ClosedGate {
  /** What the gate says to this user. Undefined: ask it. */
  answer(userId: string): Decision | undefined;
}

export interface IssueDeps {
  readonly gate: Gate;
  readonly completeGate: CompleteGate;
  readonly closedGates: ClosedGates;
  readonly loader: Loader;
}

/** What a complete coupon says to a user with this row, or without one. */
export function decideByRow(row: Win | undefined): Decision {
  return row ? { outcome: "ALREADY_ISSUED", ...row } : { outcome: "FINISHED" };
}

/** Asks for one user. What a closed gate says is known at once, without a promise: of that crowd there is most. */
export function issueCoupon(
  deps: IssueDeps,
  couponId: string,
  userId: string,
  deadline?: number,
): Decision | Promise<Decision | "UNKNOWN_COUPON"> {
  return deps.closedGates.of(couponId)?.answer(userId) ?? askForOne(deps, couponId, userId, deadline);
}

/** The hot path: not a function that awaits, as in whenLoaded(). */
function askForOne(
  { gate, completeGate, closedGates, loader }: IssueDeps,
  couponId: string,
  userId: string,
  deadline: number | undefined,
): Promise<Decision | "UNKNOWN_COUPON"> {
  return whenLoaded(loader, couponId, () => gate.issue(couponId, userId, deadline), deadline).then((decision) => {
    if (decision === "UNKNOWN_COUPON") return decision;
    if (decision === "COMPLETE") return completeGate.decide(couponId, [userId], deadline).then(onlyOne);
    closedGates.noted(couponId, decision.outcome, 1);
    return decision;
  });
}

function onlyOne([decision]: readonly Decision[]): Decision {
  return decision as Decision;
}

/** Asks for many users of one coupon, in the order of their arrival; the answers come in the same order. */
export async function issueCoupons(
  deps: IssueDeps,
  couponId: string,
  userIds: readonly string[],
  options: AskOptions,
): Promise<Decision[] | "UNKNOWN_COUPON"> {
  // A closed gate still grants, as long as there is stock.
  const closed = options.mode === "grant" ? undefined : deps.closedGates.of(couponId);
  if (!closed) return askGate(deps, couponId, userIds, options);

  const known = userIds.map((userId) => closed.answer(userId));
  const open = userIds.filter((_, i) => !known[i]);
  if (open.length === 0) return known as Decision[];
  const asked = await askGate(deps, couponId, open, options);
  if (asked === "UNKNOWN_COUPON") return asked;
  let next = 0;
  return known.map((decision) => decision ?? (asked[next++] as Decision));
}

async function askGate(
  { gate, completeGate, closedGates, loader }: IssueDeps,
  couponId: string,
  userIds: readonly string[],
  options: AskOptions,
): Promise<Decision[] | "UNKNOWN_COUPON"> {
  const { mode, deadline, isAwaited } = options;
  const ask = (): Promise<Decision[] | "NOT_LOADED"> => {
    if (isAwaited?.() === false) throw new TooLateError();
    return gate.issueAll(couponId, userIds, options);
  };
  const decisions = await (mode === "grant"
    ? onceLoaded(loader, couponId, ask)
    : whenLoaded(loader, couponId, ask, deadline, userIds.length));
  if (decisions === "UNKNOWN_COUPON") return decisions;
  if (decisions === "COMPLETE") return completeGate.decide(couponId, userIds, deadline);
  let first = 0;
  while (first < decisions.length) {
    const { outcome } = decisions[first] as Decision;
    let next = first + 1;
    while (decisions[next]?.outcome === outcome) next += 1;
    closedGates.noted(couponId, outcome, next - first);
    first = next;
  }
  return decisions;
}
