import { create, type DescMessage, type MessageInitShape } from "@bufbuild/protobuf";
import { IssueCouponRequestSchema, IssueCouponsRequestSchema } from "@firstcome/contracts/coupon";
import { AttachRequestSchema, Failure_Kind } from "@firstcome/contracts/dispatch";
import { CreateOrderRequestSchema } from "@firstcome/contracts/order";
import { describe, expect, it } from "vitest";
import { RpcError } from "../src/index.ts";
import { itemCountsOf } from "../src/server/item-counts.ts";

/** What is said of a message; undefined when its lists are short enough. */
function refusalOf<D extends DescMessage>(type: D, init: MessageInitShape<D>): unknown {
  try {
    itemCountsOf(type)?.(create(type, init));
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

describe("a message type without lists", () => {
  it("costs nothing", () => {
    expect(itemCountsOf(IssueCouponRequestSchema)).toBeUndefined();
  });
});
