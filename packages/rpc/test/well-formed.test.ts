import { create, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import {
  CreateCouponRequestSchema,
  IssueCouponRequestSchema,
  IssueCouponsRequestSchema,
  WatchCouponRequestSchema,
} from "@firstcome/contracts/coupon";
import { AttachRequestSchema, Failure_Kind } from "@firstcome/contracts/dispatch";
import { CreateOrderRequestSchema } from "@firstcome/contracts/order";
import { describe, expect, it } from "vitest";
import { RpcError } from "../src/index.ts";
import { wellFormedOf } from "../src/server/well-formed.ts";

/** What is said of a message; undefined when it is well formed. */
function refusalOf<D extends DescMessage>(type: D, init: MessageInitShape<D>): unknown {
  try {
    wellFormedOf(type)?.(create(type, init));
    return undefined;
  } catch (error) {
    return error instanceof RpcError ? error.violations : error;
  }
}

function tooLong(field: string, most: number): unknown {
  return [{ field, description: `must contain no more than ${most} item(s)`, rule: "repeated.max_items" }];
}

const nackOf = (userIds: string[], failures = 1): MessageInitShape<typeof AttachRequestSchema> => ({
  kind: {
    case: "nack",
    value: { batchId: "b", failures: Array.from({ length: failures }, () => ({ kind: Failure_Kind.FATAL, userIds })) },
  },
});

describe("a list that is longer than the contract allows", () => {
  it("is refused by its length, whatever is in it", () => {
    const userIds = Array.from({ length: 1_001 }, () => "");
    expect(refusalOf(IssueCouponsRequestSchema, { userIds })).toEqual(tooLong("user_ids", 1_000));
    expect(refusalOf(IssueCouponsRequestSchema, { userIds: userIds.slice(1) })).toBeUndefined();
  });

  it("is found among messages, and inside the alternatives of one", () => {
    expect(refusalOf(CreateOrderRequestSchema, { items: Array.from({ length: 101 }, () => ({})) })).toEqual(
      tooLong("items", 100),
    );
    expect(refusalOf(AttachRequestSchema, nackOf([], 1_001))).toEqual(tooLong("nack.failures", 1_000));
    const many = Array.from({ length: 100_001 }, () => "");
    expect(refusalOf(AttachRequestSchema, nackOf(many))).toEqual(tooLong("nack.failures[0].user_ids", 100_000));
    expect(refusalOf(AttachRequestSchema, nackOf(many.slice(1)))).toBeUndefined();
  });
});

describe("a time", () => {
  const watching = (seconds: bigint, nanos: number): unknown =>
    refusalOf(WatchCouponRequestSchema, { interval: { seconds, nanos } });
  const opening = (seconds: bigint, nanos: number): unknown =>
    refusalOf(CreateCouponRequestSchema, { opensAt: { seconds, nanos } });

  it.each([
    [1n, -1_148_000_000],
    [1n, -1],
    [-1n, 1],
    [0n, 1_000_000_000],
    [2n ** 62n, 0],
  ])("of %d s and %d ns is no duration", (seconds, nanos) => {
    expect(watching(seconds, nanos)).toEqual([
      { field: "interval", description: "is not a duration", rule: "duration" },
    ]);
  });

  it.each([
    [0n, -1],
    [0n, 1_000_000_000],
    [-(2n ** 62n), 0],
    [253_402_300_800n, 0],
  ])("of %d s and %d ns is no point in time", (seconds, nanos) => {
    expect(opening(seconds, nanos)).toMatchObject([{ field: "opens_at", rule: "timestamp" }]);
  });

  it("that is one is left to the rules of its field", () => {
    expect([watching(1n, 999_999_999), watching(-1n, -1), watching(0n, 0)]).toEqual([undefined, undefined, undefined]);
    expect([opening(-62_135_596_800n, 0), opening(253_402_300_799n, 999_999_999)]).toEqual([undefined, undefined]);
  });
});

describe("a message type without lists and times", () => {
  it("costs nothing", () => {
    expect(wellFormedOf(IssueCouponRequestSchema)).toBeUndefined();
  });
});
