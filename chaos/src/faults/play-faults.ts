import { setTimeout as sleep } from "node:timers/promises";
import { type Fault, isLinkFault, isRowFault } from "../plan/fault.ts";
import { Turns } from "../stage/turns.ts";
import { type Breakable, strike, type Struck } from "./strike.ts";

/**
 * Plays a plan, each fault at its instant, whatever the others still do; a target that is still down from one fault takes
 * the next when it is up. Resolves when all are over.
 *
 * @param onEvent told when a fault begins, and when it has ended
 * @throws when something could not be started again
 */
export async function playFaults(
  plan: readonly Fault[],
  stage: Breakable,
  onEvent: (fault: Fault, what: "begins" | "ended") => void,
): Promise<Struck[]> {
  const startedAt = performance.now();
  const turns = new Map<string, Turns>();
  const struck = plan.map(async (fault) => {
    await sleep(Math.max(fault.atMs - (performance.now() - startedAt), 0));
    const play = async (): Promise<Struck> => {
      onEvent(fault, "begins");
      const outcome = await strike(fault, stage);
      onEvent(fault, "ended");
      return outcome;
    };
    if (!isLinkFault(fault) && !isRowFault(fault)) return stage.actors.get(fault.target)?.exclusively(play) ?? play();
    // What MySQL refuses it may refuse while it is killed: the rule is a target of its own.
    const target = isRowFault(fault) ? fault.kind : fault.target;
    const ofTarget = turns.get(target) ?? new Turns();
    turns.set(target, ofTarget);
    return ofTarget.take(play);
  });
  // All of them, so that nothing is still being broken or started when this throws.
  const outcomes = await Promise.allSettled(struck);
  return outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
}
