export { checkPromises } from "./check-promises.ts";
export type { CouponCheck } from "./check-promises.ts";
export { brokenPromises, findViolations } from "./find-violations.ts";
export type { Evidence, Told, Violations } from "./find-violations.ts";
