import type { IssueAnswer } from "@firstcome/client";
import type { Call, CallEntry, OrderAnswer } from "./entry.ts";

/** An answer of the gate to a user, as often as it differs from what that user was told before. */
export interface HeardAnswer {
  readonly userId: string;
  readonly answer: IssueAnswer;
  /** When the call was made that heard it last, epoch ms. */
  readonly askedAt: number;
}

/** What was told of the end of a coupon. */
export interface HeardEnd {
  /** Whether an operator asked for it, whatever came of it. */
  readonly asked: boolean;
  /** When somebody was first told that it is finished, epoch ms; undefined: nobody was. */
  readonly toldAt: number | undefined;
  /** When operators first asked for each change that they were told is made, epoch ms. */
  readonly changesAskedAt: readonly number[];
}

/** What callers were told of orders. */
export interface HeardOrders {
  /** The orders that each request id made; more than one, and the id was no protection. */
  readonly createdBy: ReadonlyMap<string, ReadonlySet<string>>;
  readonly paid: ReadonlySet<string>;
  readonly cancelled: ReadonlySet<string>;
}

/** What flows while all is well: answers of the gate, in all and of one coupon service; payments and cancellations. */
export type HeardFlow = "answers" | `answers of ${string}` | "orders";

const GRAIN_MS = 10;

/**
 * What callers were told, kept for the end: each different answer of a user once, so that it grows with the users and not
 * with the calls.
 */
export class Heard {
  /** Calls by RPC and outcome. */
  readonly calls = new Map<string, Map<string, number>>();
  /** When something flowed, epoch ms, ascending: at most one moment in {@link GRAIN_MS}. */
  readonly flowedAt = new Map<HeardFlow, number[]>();
  /** Users who were told that they had won, in the order in which they first heard of it. */
  readonly winners: { readonly couponId: string; readonly userId: string }[] = [];
  readonly #answers = new Map<string, Map<string, Map<string, HeardAnswer>>>();
  readonly #orders = {
    createdBy: new Map<string, Set<string>>(),
    paid: new Set<string>(),
    cancelled: new Set<string>(),
  };
  /** Winners of whom the order service, or an operator, was told that they had not won. */
  readonly #denied = new Map<string, Set<string>>();
  readonly #granted = new Map<string, Set<string>>();
  readonly #revoked = new Map<string, Set<string>>();
  readonly #revokeAsked = new Map<string, Set<string>>();
  readonly #ends = new Map<string, NotedEnd>();

  get orders(): HeardOrders {
    return this.#orders;
  }

  /** What users were told of a coupon. */
  answersOf(couponId: string): HeardAnswer[] {
    const users = this.#answers.get(couponId) ?? new Map<string, Map<string, HeardAnswer>>();
    return [...users.values()].flatMap((answers) => [...answers.values()]);
  }

  /** Users of whom it was told that they do not have the coupon: to them when they ordered, or to an operator. */
  deniedOf(couponId: string): ReadonlySet<string> {
    return this.#denied.get(couponId) ?? new Set();
  }

  /** Users to whom an operator was told that the coupon is given. */
  grantedOf(couponId: string): ReadonlySet<string> {
    return this.#granted.get(couponId) ?? new Set();
  }

  /** Users from whom an operator was told that the coupon is taken. */
  revokedOf(couponId: string): ReadonlySet<string> {
    return this.#revoked.get(couponId) ?? new Set();
  }

  /** Users from whom an operator asked to take the coupon, whatever came of it. */
  revokeAskedOf(couponId: string): ReadonlySet<string> {
    return this.#revokeAsked.get(couponId) ?? new Set();
  }

  endOf(couponId: string): HeardEnd {
    return this.#endOf(couponId);
  }

  note({ at, askedAt, via, user, coupon, call, answer }: CallEntry): void {
    this.#count(call, answer.outcome === "FAILED" ? answer.code : answer.outcome);
    if (call === "RevokeUserCoupon") childOf(this.#revokeAsked, coupon, () => new Set()).add(user);
    if (call === "FinishCoupon") this.#endOf(coupon).asked = true;
    if (answer.outcome === "FAILED") {
      if (answer.reason === "USER_COUPON_NOT_FOUND") childOf(this.#denied, coupon, () => new Set()).add(user);
    } else if (answer.outcome === "DONE") {
      this.#noteOperation(call, coupon, user);
      if (call === "FinishCoupon") this.#noteEnd(coupon, at);
      if (CHANGES.has(call)) this.#endOf(coupon).changesAskedAt.push(answer.firstAskedAt ?? askedAt);
    } else if ("order" in answer) {
      this.#noteOrder(answer);
      if (answer.outcome !== "CREATED") this.#flowed("orders", at);
    } else {
      this.#noteIssue(coupon, { userId: user, answer, askedAt });
      if (answer.outcome === "FINISHED") this.#noteEnd(coupon, at);
      this.#flowed("answers", at);
      this.#flowed(`answers of ${via}`, at);
    }
  }

  #noteOrder({ outcome, order, requestId = "" }: OrderAnswer): void {
    if (outcome === "CREATED") childOf(this.#orders.createdBy, requestId, () => new Set()).add(order);
    else this.#orders[outcome === "PAID" ? "paid" : "cancelled"].add(order);
  }

  #flowed(flow: HeardFlow, at: number): void {
    const times = childOf(this.flowedAt, flow, (): number[] => []);
    if (at >= (times.at(-1) ?? 0) + GRAIN_MS) times.push(at);
  }

  #noteOperation(call: Call, couponId: string, userId: string): void {
    if (call === "RevokeUserCoupon") childOf(this.#revoked, couponId, () => new Set()).add(userId);
    if (call !== "GrantCoupons") return;
    childOf(this.#granted, couponId, () => new Set()).add(userId);
    this.winners.push({ couponId, userId });
  }

  #noteEnd(couponId: string, at: number): void {
    const end = this.#endOf(couponId);
    end.toldAt = Math.min(end.toldAt ?? at, at);
  }

  #endOf(couponId: string): NotedEnd {
    return childOf(this.#ends, couponId, (): NotedEnd => ({ asked: false, toldAt: undefined, changesAskedAt: [] }));
  }

  #noteIssue(couponId: string, heard: HeardAnswer): void {
    const { userId, answer, askedAt } = heard;
    const users = childOf(this.#answers, couponId, () => new Map<string, Map<string, HeardAnswer>>());
    const answers = childOf(users, userId, () => new Map<string, HeardAnswer>());
    const hasWon = [...answers.values()].some((before) => "issueNo" in before.answer);
    if ("issueNo" in answer && !hasWon) this.winners.push({ couponId, userId });
    const key = JSON.stringify(answer);
    answers.set(key, { ...heard, askedAt: Math.max(askedAt, answers.get(key)?.askedAt ?? askedAt) });
  }

  #count(call: string, outcome: string): void {
    const outcomes = childOf(this.calls, call, () => new Map<string, number>());
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
}

interface NotedEnd extends HeardEnd {
  asked: boolean;
  toldAt: number | undefined;
  readonly changesAskedAt: number[];
}

/** What nobody can do any more to a coupon that is finished. */
const CHANGES: ReadonlySet<Call> = new Set(["AddStock", "PauseCoupon", "ResumeCoupon"]);

function childOf<K, V>(parents: Map<K, V>, key: K, make: () => V): V {
  const known = parents.get(key);
  if (known !== undefined) return known;
  const made = make();
  parents.set(key, made);
  return made;
}
