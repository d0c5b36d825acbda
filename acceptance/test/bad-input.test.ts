import { randomUUID } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import type { FirstcomeClient } from "@firstcome/client";
import { GrantCouponsRequestSchema, IssueCouponsRequestSchema } from "@firstcome/contracts/coupon";
import { Code } from "@firstcome/rpc";
import { eventually } from "@firstcome/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { methodsOf, nameOf, pathOf, PUBLIC, SERVED, type ServingProcess } from "./bad-input/every-method.ts";
import { framed, type RawCall, RawCaller } from "./bad-input/raw-caller.ts";
import { sendBadCalls } from "./bad-input/send-bad-calls.ts";
import { faultOf } from "./bad-input/verdict.ts";
import { expectWholeWay } from "./harness/buy-and-sell.ts";
import { openCoupon, users } from "./harness/crowd.ts";
import { startWholeShop, type WholeShop } from "./harness/whole-shop.ts";

/** The same is sent each time; another number makes up other calls. */
const SEED = Number(process.env["BAD_INPUT_SEED"] ?? 42);
const INPUTS_PER_METHOD = 230;
const INPUTS_PER_PUBLIC_METHOD = 50;
const NAMES = ["coupon", "dispatcher", "order", "ranking"] as const satisfies readonly ServingProcess[];

let whole: WholeShop;
let client: FirstcomeClient;

beforeAll(async () => {
  whole = await startWholeShop({ env: { NODE_OPTIONS: "--trace-warnings" } });
  client = whole.clientWith({});
  // Something to be found by ids that are guessed: 1, 2, 3.
  for (const nth of [1, 2, 3]) {
    await openCoupon(client, 1_000);
    const product = { requestId: randomUUID(), name: `product ${nth}`, priceKrw: 1_000n, stock: 1_000 };
    await client.products.createProduct(product);
  }
});

describe("bad input", () => {
  it.each(NAMES)("of thousands of kinds finds the %s service prepared", async (name) => {
    const outcomes = [];
    for (const method of methodsOf(SERVED[name])) {
      outcomes.push(await sendBadCalls(addressOf(name), method, { seed: SEED, inputs: INPUTS_PER_METHOD }));
    }
    for (const method of methodsOf(PUBLIC)) {
      outcomes.push(await sendBadCalls(addressOf(name), method, { seed: SEED, inputs: INPUTS_PER_PUBLIC_METHOD }));
    }
    const replay = `BAD_INPUT_SEED=${SEED}`;
    expect({ replay, faults: outcomes.flatMap(({ faults }) => faults).slice(0, 10) }).toEqual({ replay, faults: [] });
    const unreached = outcomes.filter(({ reached }) => reached === 0).map(({ method }) => method);
    expect({ replay, unreached }).toEqual({ replay, unreached: [] });
  });

  it("was at least ten thousand calls", () => {
    const own = NAMES.reduce((sum, name) => sum + methodsOf(SERVED[name]).length, 0) * INPUTS_PER_METHOD;
    const shared = NAMES.length * methodsOf(PUBLIC).length * INPUTS_PER_PUBLIC_METHOD;
    expect(own + shared).toBeGreaterThanOrEqual(10_000);
  });
});

const ISSUE = "/firstcome.coupon.v1.CouponService/IssueCoupon";
const BATCH = "/firstcome.coupon.v1.CouponService/IssueCoupons";
const GRANT = "/firstcome.coupon.v1.CouponAdminService/GrantCoupons";
const NAME = "/firstcome.coupon.v1.CouponAdminService/RevokeUserCoupon";
/** coupon_id: 1, user_id: "kim" */
const KIM = Buffer.from("080112036b696d", "hex");
const couponOne = Buffer.from("0801", "hex");

/** A string or message field. */
function field(number: number, value: string | Uint8Array): Buffer {
  const bytes = Buffer.from(value);
  const length = [];
  for (let rest = bytes.length; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  length.push(bytes.length >>> (7 * length.length));
  return Buffer.concat([Buffer.from([number * 8 + 2, ...length]), bytes]);
}

function asking(message: Uint8Array): Pick<RawCall, "chunks"> {
  return { chunks: [framed(message)] };
}

const invalid = { code: Code.INVALID_ARGUMENT, reason: "INVALID_ARGUMENT" };
const malformed = { code: Code.INVALID_ARGUMENT, reason: "MALFORMED_MESSAGE" };
const missing = { code: Code.INVALID_ARGUMENT, reason: "MESSAGE_MISSING" };
const tooLarge = { code: Code.RESOURCE_EXHAUSTED, reason: "MESSAGE_TOO_LARGE" };
const fourMegabytes = 4 * 1024 * 1024;

describe("the answer to a call", () => {
  it.each<[string, Partial<RawCall>, object]>([
    ["with unknown fields is as without them", asking(Buffer.concat([KIM, field(99, "new")])), { code: Code.OK }],
    ["with a field of the wrong wire type says so", asking(field(1, "one")), malformed],
    ["with a text that is no UTF-8 says so", asking(Buffer.from("08011202c080", "hex")), malformed],
    ["with a truncated number says so", asking(Buffer.from("08ff", "hex")), malformed],
    ["with a length that goes beyond the message says so", asking(Buffer.from("0801127f61", "hex")), malformed],
    ["with a negative id says which field", asking(Buffer.from("08ffffffffffffffffff0112016b", "hex")), invalid],
    ["with a number that overflows says so", asking(Buffer.from("08ffffffffffffffffffff0112016b", "hex")), malformed],
    [
      "with control characters says which field",
      asking(Buffer.concat([couponOne, field(2, "k\u0000\r\n\u001b[31m")])),
      invalid,
    ],
    ["with a huge text says which field", asking(Buffer.concat([couponOne, field(2, "k".repeat(1_000_000))])), invalid],
    ["with 10 000 users says how many there may be", { path: BATCH, ...asking(batchOf(10_000)) }, invalid],
    ["with 10 000 users to be granted does so too", { path: GRANT, ...asking(grantOf(10_000)) }, invalid],
    ["with a thousand bad users fits into its trailers", { path: BATCH, ...asking(batchOf(1_000, "!")) }, invalid],
    [
      "with a huge reason fits into its trailers",
      { path: NAME, ...asking(Buffer.concat([KIM, field(3, "선".repeat(9_999))])) },
      invalid,
    ],
    ["that is larger than allowed says so", asking(new Uint8Array(fourMegabytes + 1)), tooLarge],
    ["that announces more than allowed says so at once", { chunks: [framed(KIM, { length: 2 ** 32 - 1 })] }, tooLarge],
    ["that is cut off in its frame says so", { chunks: [framed(KIM).subarray(0, 9)] }, missing],
    ["that is cut off in its frame's head says so", { chunks: [framed(KIM).subarray(0, 3)] }, missing],
    ["without a message says so", { chunks: [] }, missing],
    [
      "with two messages says so",
      { chunks: [framed(KIM), framed(KIM)] },
      { code: Code.INVALID_ARGUMENT, reason: "ONE_MESSAGE_ONLY" },
    ],
    [
      "that claims to be compressed says so",
      { headers: { "grpc-encoding": "gzip" }, chunks: [framed(KIM, { flag: 1 })] },
      malformed,
    ],
    [
      "in an unknown compression says so",
      { headers: { "grpc-encoding": "brotli" }, chunks: [framed(KIM, { flag: 1 })] },
      { code: Code.UNIMPLEMENTED, reason: "ENCODING_NOT_SUPPORTED" },
    ],
    [
      "with a bogus timeout says so",
      { headers: { "grpc-timeout": "soon" } },
      { code: Code.INVALID_ARGUMENT, reason: "INVALID_TIMEOUT" },
    ],
    [
      "of an unknown method says so",
      { path: `${ISSUE}s/${"x".repeat(4_000)}` },
      { code: Code.UNIMPLEMENTED, reason: "METHOD_NOT_FOUND" },
    ],
    ["that is no gRPC is HTTP's", { headers: { "content-type": "application/json" } }, { httpStatus: 415 }],
    [
      "with odd metadata is as without",
      { headers: { "x-bin": "*", "x-request-id": "a".repeat(4_000), traceparent: "00" } },
      { code: Code.OK },
    ],
  ])("%s", async (_what, call, expected) => {
    using caller = new RawCaller(addressOf("coupon"));
    const answer = await caller.call({ path: ISSUE, ...asking(KIM), ending: "half-close", ...call });
    expect(answer).toMatchObject(expected);
    expect(faultOf(answer)).toBeUndefined();
  });
});

describe("streams that are opened and never used", () => {
  it.each(NAMES)("keep the %s service from nobody, and end with their connection", async (name) => {
    const methods = methodsOf([...SERVED[name], ...PUBLIC]);
    const caller = new RawCaller(addressOf(name));
    // The issuer's.
    const before = await running(name);
    for (const method of methods)
      for (let i = 0; i < 50; i += 1) caller.open(pathOf(method)).on("error", () => undefined);
    // On the same connection, after all of them.
    const health = await caller.call({
      path: "/grpc.health.v1.Health/Check",
      ...asking(new Uint8Array()),
      ending: "half-close",
    });
    expect(health).toMatchObject({ kind: "answered", code: Code.OK });
    // Only streams are begun by their headers; the others wait for their message.
    const streams = methods.filter(({ methodKind }) => /^(client|bidi)_streaming$/.test(methodKind)).map(nameOf);
    await eventually(async () => (await running(name)) === before + streams.length * 50);
    caller[Symbol.dispose]();
    await eventually(async () => (await running(name)) === before);
  });
});

describe("after all of that", () => {
  it("every process is the one that it was, and does its part", async () => {
    expect(Object.values(whole.processes).filter((process) => !process.running)).toEqual([]);
    await client.dispatchAdmin.resumeDispatch({});
    await expectWholeWay({ admin: client, service: client }, "after-all-of-that");
  });

  it("no log line is an error, and none is anything but a log line", () => {
    const wrong = whole.lines.filter((line) => !/^\{"level":"(debug|info|warn)"/.test(line));
    expect(wrong.slice(0, 10)).toEqual([]);
  });
});

function addressOf(name: ServingProcess): string {
  return whole.processes[name].address;
}

function batchOf(count: number, name = "kim"): Uint8Array {
  return toBinary(
    IssueCouponsRequestSchema,
    create(IssueCouponsRequestSchema, { couponId: "1", userIds: users(count, name) }),
  );
}

function grantOf(count: number): Uint8Array {
  return toBinary(
    GrantCouponsRequestSchema,
    create(GrantCouponsRequestSchema, { couponId: "1", userIds: users(count) }),
  );
}

/** Calls that a process is answering. */
async function running(name: ServingProcess): Promise<number> {
  const reply = await fetch(`http://${whole.processes[name].metrics}/metrics`);
  const lines = (await reply.text()).split("\n").filter((line) => line.startsWith("firstcome_rpc_calls_running{"));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}
