import { LINK_FAULTS, PROCESS_FAULTS } from "../plan/fault.ts";
import type { Report } from "./report.ts";

/** What of a run shows whether anything came to pass at all that a promise is about. */
export type Seen = Pick<Report, "faults" | "calls" | "finished" | "redriven" | "orders">;

/**
 * What did not come to pass in a run, in words: a promise about it was not put to the test. Which faults are played follows from
 * the seed; all else depends on who is served when as well, so that a run that did without is no failure.
 */
export function whatWasNotSeen({ faults, calls, finished, redriven, orders }: Seen): string[] {
  const kinds = new Set(Object.keys(faults).map((fault) => fault.split(" ")[0]));
  const missing = FAULT_KINDS.filter((kind) => !kinds.has(kind)).map((kind) => `no fault of the kind ${kind}`);
  const told = new Set(
    Object.entries(calls).flatMap(([call, outcomes]) => Object.keys(outcomes).map((outcome) => `${call} ${outcome}`)),
  );
  const untold = ANSWERS.filter((outcome) => !told.has(`issue ${outcome}`) && !told.has(`IssueCoupon ${outcome}`));
  const undone = OPERATIONS.filter((call) => !told.has(`${call} DONE`));
  return [
    ...missing,
    ...untold.map((outcome) => `nobody was told ${outcome}`),
    ...undone.map((call) => `no ${call} was done`),
    ...(finished === 0 ? ["no coupon was finished"] : []),
    ...(redriven === 0 ? ["no dead letter was redriven"] : []),
    ...(orders.paid === 0 ? ["no order was paid"] : []),
    ...(orders.cancelled === 0 ? ["no order was cancelled"] : []),
  ];
}

const FAULT_KINDS = [...PROCESS_FAULTS, ...LINK_FAULTS, "refuse-rows"];
const ANSWERS = ["ACCEPTED", "ALREADY_ISSUED", "SOLD_OUT", "PAUSED"];
/** That a coupon was finished and a dead letter redriven is seen in what came of it. */
const OPERATIONS = ["AddStock", "PauseCoupon", "ResumeCoupon", "GrantCoupons", "RevokeUserCoupon", "RebuildGate"];
