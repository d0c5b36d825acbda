import type { Gate as GateLanes, GateDecision } from "@firstcome/redis";
import type { AskOptions, Decision, Gate } from "../domain/issue-coupon.ts";
import { gateFault } from "./faults.ts";

/**
 * The gate in Redis.
 *
 * @param onOutcome told of every decision
 */
export function redisGate(lanes: GateLanes, onOutcome: (outcome: Decision["outcome"]) => void): Gate {
  const one = (decision: GateDecision): Decision | "NOT_LOADED" => {
    if (decision.outcome === "NOT_LOADED") return "NOT_LOADED";
    onOutcome(decision.outcome);
    return decision;
  };
  const all = (decisions: GateDecision[]): Decision[] | "NOT_LOADED" => {
    // One ask is decided by one script call, which finds the coupon loaded for all of its users or for none.
    if (!decisions.every(isDecision)) return "NOT_LOADED";
    for (const { outcome } of decisions) onOutcome(outcome);
    return decisions;
  };
  return {
    issue: (couponId, userId, deadline) => lanes.issue(couponId, userId, deadline).then(one, rethrow),
    issueAll: (couponId, userIds, options) => lanes.issueAll(couponId, userIds, known(options)).then(all, rethrow),
  };
}

function isDecision(decision: GateDecision): decision is Decision {
  return decision.outcome !== "NOT_LOADED";
}

function rethrow(error: unknown): never {
  throw gateFault(error);
}

/** Without what is not set: the gate's options know no undefined. */
function known({ deadline, mode = "race" }: AskOptions): { deadline?: number; mode: "race" | "grant" } {
  return deadline === undefined ? { mode } : { deadline, mode };
}
