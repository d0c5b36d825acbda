import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  IssueCouponRequestSchema,
  IssueCouponResponseSchema,
  IssueCouponsRequestSchema,
  IssueCouponsResponseSchema,
  IssueOutcome,
} from "@firstcome/contracts/coupon";
import { describe, expect, it } from "vitest";
import {
  largestBatch,
  readIssueCoupon,
  readIssueCoupons,
  varintOf,
  writeIssueCoupon,
  writeIssueCoupons,
} from "../src/load/issue-messages.ts";
import { MessageReader } from "../src/load/message-reader.ts";
import { userIdOf } from "../src/load/user-ids.ts";

const acceptedAt = { seconds: 1_795_000_000n, nanos: 123_000_000 };

describe("the messages made by hand", () => {
  it("are what the contract calls an IssueCouponRequest", () => {
    const bytes = Buffer.alloc(128);
    const length = writeIssueCoupon(bytes, varintOf("9007199254740993"), "user-1");
    const { couponId, userId } = fromBinary(IssueCouponRequestSchema, bytes.subarray(0, length));
    expect({ couponId, userId }).toEqual({ couponId: "9007199254740993", userId: "user-1" });
  });

  it("are what the contract calls an IssueCouponsRequest, up to its largest", () => {
    const userIds = Array.from({ length: 1_000 }, (_, i) => String(i).padStart(64, "u"));
    const bytes = Buffer.alloc(largestBatch(1_000));
    const length = writeIssueCoupons(bytes, 4_000_000_000, varintOf("12"), userIds);
    const read = fromBinary(IssueCouponsRequestSchema, bytes.subarray(0, length));
    expect({ ...read, $typeName: undefined }).toEqual({
      $typeName: undefined,
      batchId: 4_000_000_000,
      couponId: "12",
      userIds,
    });
  });
});

describe("the answers read by hand", () => {
  it("tell outcome and number of an IssueCouponResponse", () => {
    const answer = create(IssueCouponResponseSchema, { outcome: IssueOutcome.ACCEPTED, issueNo: 70_000, acceptedAt });
    const told: number[] = [];
    readIssueCoupon(Buffer.from(toBinary(IssueCouponResponseSchema, answer)), (...both) => told.push(...both));
    expect(told).toEqual([IssueOutcome.ACCEPTED, 70_000]);
  });

  it("tell outcomes and numbers of an IssueCouponsResponse, whatever else is in it", () => {
    const outcomes = [IssueOutcome.ACCEPTED, IssueOutcome.ALREADY_ISSUED, IssueOutcome.SOLD_OUT];
    const issueNos = [1, 4_294_967_295, 0];
    const acceptedMsBefore = [0n, 86_400_000_000n, 0n];
    const init = { batchId: 300, outcomes, issueNos, decidedAt: acceptedAt, acceptedMsBefore, opensAt: acceptedAt };
    const answer = create(IssueCouponsResponseSchema, init);
    const read = readIssueCoupons(Buffer.from(toBinary(IssueCouponsResponseSchema, answer)));
    expect(read).toEqual({ batchId: 300, outcomes, issueNos, failed: false });
  });

  it("tell that a batch failed", () => {
    const error = { code: 14, reason: "GATE_UNAVAILABLE", message: "away" };
    const answer = create(IssueCouponsResponseSchema, { batchId: 1, error });
    const read = readIssueCoupons(Buffer.from(toBinary(IssueCouponsResponseSchema, answer)));
    expect(read).toEqual({ batchId: 1, outcomes: [], issueNos: [], failed: true });
  });
});

describe("a stream's messages", () => {
  it("are whole wherever the frames between them begin and end", () => {
    const messages = ["", "a", "bcd"].map((text) => Buffer.from(text));
    const bytes = Buffer.concat(
      messages.flatMap((message) => {
        const prefix = Buffer.alloc(5);
        prefix.writeUInt32BE(message.length, 1);
        return [prefix, message];
      }),
    );
    for (let cut = 0; cut <= bytes.length; cut++) {
      const read: string[] = [];
      const reader = new MessageReader();
      for (const part of [bytes.subarray(0, cut), bytes.subarray(cut)]) {
        reader.read(part, (message) => read.push(message.toString()));
      }
      expect(read).toEqual(["", "a", "bcd"]);
    }
  });
});

describe("the user ids", () => {
  it("are nine digits, no two alike, in no order", () => {
    const ids = Array.from({ length: 100_000 }, (_, n) => userIdOf(n));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => /^\d{9}$/.test(id))).toBe(true);
    expect(ids.slice(0, 100)).not.toEqual(ids.slice(0, 100).toSorted());
  });
});
