export { checkPromises } from "./check-promises.ts";
export type { CouponCheck } from "./check-promises.ts";
export { brokenPromises, findViolations } from "./find-violations.ts";
export type { Evidence, Told, Violations } from "./find-violations.ts";
export { readEvidence } from "./read-evidence.ts";
export type { StoredEvidence, WrittenCoupon } from "./read-evidence.ts";
