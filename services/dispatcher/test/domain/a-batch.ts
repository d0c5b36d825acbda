import type { HandoffBatch } from "../../src/domain/handoff-source.ts";

/** A batch of `size` users u1, u2, … of coupon 7, with numbers from `firstNo`. */
export function aBatch(id: string, { size = 3, firstNo = 1, failures = 0, acceptedAt = 1_000 } = {}): HandoffBatch {
  return {
    id,
    couponId: "7",
    acceptedAt,
    userIds: Array.from({ length: size }, (_, index) => `u${firstNo + index}`),
    issueNos: Array.from({ length: size }, (_, index) => firstNo + index),
    failures,
  };
}
