import type { GateDecision, Gate as RedisGateLanes } from "@firstcome/redis";
import type { AskOptions, Decision, Gate } from "../domain/issue-coupon.ts";
import { gateFault } from "./faults.ts";

/** The gate in Redis. */
export function redisGate(lanes: RedisGateLanes): Gate {
  return {
    issue: (couponId, userId, deadline) => lanes.issue(couponId, userId, deadline).then(toDecision, rethrow),
    issueAll: (couponId, userIds, options) =>
      lanes.issueAll(couponId, userIds, known(options)).then(toDecisions, rethrow),
  };
}

function toDecision(decision: GateDecision): Decision | "NOT_LOADED" {
  return decision.outcome === "NOT_LOADED" ? "NOT_LOADED" : decision;
}

/** One ask is decided by one script call, which finds the coupon loaded for all of its users or for none. */
function toDecisions(decisions: GateDecision[]): Decision[] | "NOT_LOADED" {
  return decisions.every(isDecision) ? decisions : "NOT_LOADED";
}

function isDecision(decision: GateDecision): decision is Decision {
  return decision.outcome !== "NOT_LOADED";
}

function rethrow(error: unknown): never {
  throw gateFault(error);
}

function known({ deadline, mode = "race" }: AskOptions): { deadline?: number; mode: "race" | "grant" } {
  return deadline === undefined ? { mode } : { deadline, mode };
}
