import type { Gate as GateLanes, GateDecision } from "@firstcome/redis";
import type { FindDeps } from "../domain/find-user-coupon.ts";
import type { AskOptions, Decision, Gate } from "../domain/issue-coupon.ts";
import { gateFault } from "./faults.ts";
import { SingleFlight } from "./single-flight.ts";

export interface RedisGateOptions {
  readonly lanes: GateLanes;
  /** Closes a gate that has forgotten numbers; afterwards the coupon is not loaded. */
  readonly closeBehind: (couponId: string) => Promise<void>;
  /** Told of every decision. */
  readonly onOutcome: (outcome: Decision["outcome"]) => void;
}

/** The gate in Redis; `findWinner` knows those whom the replicas know that are waited for. */
export function redisGate(options: RedisGateOptions): Gate & Pick<FindDeps["gateState"], "findWinner"> {
  const { lanes, closeBehind, onOutcome } = options;
  const closing = new SingleFlight<string, void>();
  const notLoaded = async (couponId: string, why: "NOT_LOADED" | "BEHIND"): Promise<"NOT_LOADED"> => {
    if (why === "BEHIND") await closing.run(couponId, () => closeBehind(couponId));
    return "NOT_LOADED";
  };
  const one = (couponId: string, decision: GateDecision): MaybeLater<Decision | "NOT_LOADED"> => {
    if (isUndecided(decision)) return notLoaded(couponId, decision.outcome);
    onOutcome(decision.outcome);
    return decision;
  };
  const all = (couponId: string, decisions: GateDecision[]): MaybeLater<Decision[] | "NOT_LOADED"> => {
    // One ask is decided by one script call, which finds the coupon loaded for all of its users or for none.
    const undecided = decisions.find(isUndecided);
    if (undecided) return notLoaded(couponId, undecided.outcome);
    for (const { outcome } of decisions as Decision[]) onOutcome(outcome);
    return decisions as Decision[];
  };
  return {
    issue: (couponId, userId, deadline) =>
      lanes.issue(couponId, userId, deadline).then((decision) => one(couponId, decision), rethrow),
    issueAll: (couponId, userIds, asking) =>
      lanes.issueAll(couponId, userIds, known(asking)).then((decisions) => all(couponId, decisions), rethrow),
    async findWinner(couponId, userId) {
      const found = await lanes.find(couponId, userId).catch(rethrow);
      return found === "NOT_LOADED" || found === "BEHIND" ? notLoaded(couponId, found) : found;
    },
  };
}

type MaybeLater<T> = T | Promise<T>;

type Undecided = Extract<GateDecision, { outcome: "NOT_LOADED" | "BEHIND" }>;

function isUndecided(decision: GateDecision): decision is Undecided {
  return decision.outcome === "NOT_LOADED" || decision.outcome === "BEHIND";
}

function rethrow(error: unknown): never {
  throw gateFault(error);
}

/** Without what is not set: the gate's options know no undefined. */
function known({ deadline, mode = "race" }: AskOptions): { deadline?: number; mode: "race" | "grant" } {
  return deadline === undefined ? { mode } : { deadline, mode };
}
