import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { CouponService } from "@firstcome/contracts/coupon";
import { ErrorInfoSchema } from "@firstcome/contracts/errors";
import { describe, expect, it } from "vitest";
import { compileReader } from "../src/codec/compile-reader.ts";
import { compileWriter } from "../src/codec/compile-writer.ts";
import { codecOf } from "../src/codec/message-codec.ts";
import { LENGTH_DELIMITED, tagOf, VARINT } from "../src/codec/tag.ts";
import { everyKind } from "./support/every-kind.ts";

const { encode, decode } = codecOf(everyKind);
const read = compileReader(everyKind);
const write = compileWriter(everyKind);

const number = (fieldNumber: number, value: bigint): number[] => [
  ...varint(tag(fieldNumber, VARINT)),
  ...varint(value),
];
const part = (fieldNumber: number, content: readonly number[]): number[] => [
  ...varint(tag(fieldNumber, LENGTH_DELIMITED)),
  ...varint(BigInt(content.length)),
  ...content,
];
const text = (value: string): number[] => [...Buffer.from(value)];

const CHOICES = [
  { case: "chosenNumber", value: 300 },
  { case: "chosenFlag", value: true },
  { case: "chosenText", value: "a" },
  { case: "chosenPart", value: { text: "a", numbers: [1, 300] } },
  { case: "secondPart", value: {} },
  { case: "chosenColour", value: 300 },
  { case: "chosenLong", value: "7" },
];

describe("what the compiled codec writes and reads itself", () => {
  it.each([
    ...[0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152].map((length): [string, Init] => [
      `${length} bytes`,
      { text: "x".repeat(length), parts: [{ text: "y".repeat(length) }, { text: "z" }], long: 7n },
    ]),
    ...[127, 128, 16_384].map((length): [string, Init] => [
      `${length} numbers`,
      { part: { numbers: Array.from({ length }, (_, i) => i) }, texts: ["", "a"] },
    ]),
    ["messages in which nothing is set", { part: {}, parts: [{}, {}] }],
    ["the greatest numbers", { int: 0x7fff_ffff, whole: 0xffff_ffff, longText: String(2 ** 49 - 1), colour: 300 }],
    ["numbers of each size", { longs: [0n, 127n, 128n, 2n ** 48n] }],
    ["the farthest field", { far: 0xffff_ffff }],
    [
      "each kind of list",
      { ints: [1, 300, 70_000], unpacked: [1, 300, 70_000], flags: [true, false], texts: ["a", "b"] },
    ],
    ...CHOICES.map((someChoice): [string, Init] => [
      `the choice of a ${someChoice.case}`,
      { long: 1n, someChoice, far: 2 },
    ]),
    ["two choices", { someChoice: { case: "chosenFlag", value: true }, other: { case: "otherText", value: "a" } }],
    ["no choice", { someChoice: { case: undefined } }],
  ])("is as protobuf-es says: %s", (_, init) => {
    const message = create(everyKind, init);
    const bytes = Buffer.from(toBinary(everyKind, message));
    // As text: comparing buffers of megabytes byte by byte takes seconds.
    expect([init, message].map((given) => write?.(given)?.toString("hex"))).toEqual(
      [init, message].map(() => bytes.toString("hex")),
    );
    expect(read?.(bytes)).toStrictEqual(message);
  });

  it("is a list in either form, or both", () => {
    const other = [
      ...[1n, 300n, 70_000n].flatMap((value) => number(21, value)),
      ...part(22, [1n, 300n, 70_000n].flatMap(varint)),
      ...number(20, 1n),
      ...part(20, [0]),
    ];
    const message = create(everyKind, { ints: [1, 300, 70_000], unpacked: [1, 300, 70_000], flags: [true, false] });
    expect(read?.(Uint8Array.from(other))).toStrictEqual(message);
  });

  it("is a list that ends with its message, though what follows looks like more of it", () => {
    const bytes = [...part(17, number(2, 5n)), ...number(2, 7n)];
    expect(read?.(Uint8Array.from(bytes))).toStrictEqual(create(everyKind, { part: { numbers: [5] }, int: 7 }));
  });

  it("has no bytes for what is not set, and takes bytes that say so", () => {
    const unset = { flag: false, int: 0, long: 0n, longText: "0", text: "", colour: 0, ints: [], parts: [] };
    expect(write?.(unset)).toStrictEqual(Buffer.alloc(0));
    const said = [...number(1, 0n), ...number(2, 0n), ...number(5, 0n), ...part(15, []), ...part(21, [])];
    expect(read?.(Uint8Array.from(said))).toStrictEqual(create(everyKind));
  });

  it("is the last of a value that comes twice, and all of a list that does", () => {
    const twice = [...number(3, 1n), ...part(24, text("a")), ...number(3, 2n), ...part(24, text("b"))];
    expect(read?.(Uint8Array.from(twice))).toStrictEqual(create(everyKind, { whole: 2, texts: ["a", "b"] }));
  });
});

describe("a choice that the compiled codec reads and writes", () => {
  it.each([
    ["chosenNumber", 0, number(7, 0n)],
    ["chosenFlag", false, number(8, 0n)],
    ["chosenText", "", part(30, [])],
    ["chosenPart", {}, part(31, [])],
    ["chosenColour", 0, number(33, 0n)],
    ["chosenLong", "0", number(34, 0n)],
  ])("is told from none even if it is nought: %s", (name, value, bytes) => {
    const init = { someChoice: { case: name, value } };
    expect(write?.(init)).toStrictEqual(Buffer.from(bytes));
    expect(read?.(Uint8Array.from(bytes))).toStrictEqual(create(everyKind, init));
  });

  it("is the last of several, whatever they are", () => {
    const bytes = [...part(31, part(1, text("a"))), ...number(7, 5n), ...part(32, []), ...part(31, part(1, text("b")))];
    const last = fromBinary(everyKind, Uint8Array.from(bytes));
    expect(last).toMatchObject({ someChoice: { case: "chosenPart", value: { text: "b" } } });
    expect(read?.(Uint8Array.from(bytes))).toStrictEqual(last);
  });

  it("is none when its case is not known", () => {
    const init = { whole: 1, someChoice: { case: "nothing", value: 1 } };
    expect(write?.(init)).toStrictEqual(Buffer.from(toBinary(everyKind, create(everyKind, init))));
  });
});

describe("what the compiled codec leaves to protobuf-es", () => {
  it.each([
    ["a message in two parts, which are merged", [...part(17, part(1, text("a"))), ...part(17, part(2, [1, 2]))]],
    ["a choice in two parts", [...part(31, part(1, text("a"))), ...part(31, part(2, [1, 2]))]],
    ["a field that nobody knows within a choice", part(31, number(99, 5n))],
    ["a choice beyond ASCII", part(30, text("쿠폰"))],
    ["a field that nobody knows", [...number(99, 5n), ...part(15, text("a"))]],
    ["a group that nobody knows", [...varint(tag(99, 3)), ...number(1, 1n), ...varint(tag(99, 4))]],
    ["a long of eight bytes", number(5, 2n ** 49n)],
    ["a negative int32", number(2, -1n)],
    ["a negative int64", [...number(4, -1n), ...number(5, -(2n ** 63n))]],
    ["a negative enum", number(16, -1n)],
    ["a uint64 of ten bytes", number(6, 2n ** 64n - 1n)],
    ["an int32 that is too large", number(2, 2n ** 31n)],
    ["a uint32 that is too large", number(3, 2n ** 32n)],
    ["a flag that is neither", number(1, 2n)],
    ["a zero of ten bytes", [...varint(tag(3, VARINT)), ...Array<number>(9).fill(0x80), 0]],
    ["a short text beyond ASCII", part(15, text("쿠폰"))],
    ["a long text beyond ASCII", part(15, text("선착순 쿠폰 😀 and more of it"))],
  ])("is read: %s", (_, bytes) => {
    const given = Uint8Array.from(bytes);
    expect(read?.(given)).toBeUndefined();
    const message = fromBinary(everyKind, given);
    expect(decode(given)).toStrictEqual(message);
    // What nobody knows goes on as it came.
    expect(encode(message)).toStrictEqual(Buffer.from(toBinary(everyKind, message)));
  });

  it.each([
    ["a field of another wire type", [...varint(tag(2, 5)), 1, 2, 3, 4]],
    ["a number of eleven bytes", [...varint(tag(3, VARINT)), ...Array<number>(10).fill(0x80), 0]],
    ["a field number of nought", [0, 1]],
    ["a tag that is too large", [...varint(2n ** 32n + BigInt(tagOf(3, VARINT))), 1]],
    ["a part longer than the message", [...varint(tag(15, LENGTH_DELIMITED)), 5, 0x61]],
    ["a part of a part longer than that", part(17, [...varint(tag(1, LENGTH_DELIMITED)), 5, 0x61])],
    ["a packed list that ends within a number", part(21, [0x80])],
    ["a group that has no end", [...varint(tag(99, 3)), ...number(1, 1n)]],
    ["the end of a group that has no beginning", varint(tag(3, 4))],
    ["text that is none", part(15, [0xff, 0xfe])],
  ])("is judged: %s", (_, bytes) => {
    const given = Uint8Array.from(bytes);
    expect(read?.(given)).toBeUndefined();
    expect(outcomeOf(() => decode(given))).toStrictEqual(outcomeOf(() => fromBinary(everyKind, given)));
  });

  it("is a message that ends anywhere before its end", () => {
    const whole = toBinary(everyKind, create(everyKind, { text: "abc", ints: [1, 300], part: { text: "d" }, far: 9 }));
    for (let end = 0; end < whole.length; end++) {
      const cut = whole.slice(0, end);
      expect(outcomeOf(() => decode(cut))).toStrictEqual(outcomeOf(() => fromBinary(everyKind, cut)));
    }
  });

  it.each([
    { int: -1 },
    { longText: "-5" },
    { longText: "9223372036854775807" },
    { longText: "007" },
    { longText: "00" },
    { long: 2n ** 62n },
    { text: "선착순" },
    { parts: [{ text: "é" }] },
    { text: "a long text that ends é" },
    { text: "a long text with half of a pair \ud83d" },
    { someChoice: { case: "chosenPart", value: { text: "é" } } },
  ])("is written: %o", (init) => {
    expect(write?.(init)).toBeUndefined();
    expect(encode(init)).toStrictEqual(Buffer.from(toBinary(everyKind, create(everyKind, init))));
  });

  it.each([
    { int: 1.5 },
    { whole: -1 },
    { whole: 2 ** 32 },
    { longText: "seven" },
    { flag: "yes" },
    { text: 5 },
    { texts: [undefined] },
    { ints: 5 },
    { someChoice: { case: "chosenNumber", value: -1 } },
    { someChoice: { case: "chosenText" } },
    { someChoice: { case: "chosenPart", value: null } },
  ])("is what no such field holds: %o", (init) => {
    expect(write?.(init)).toBeUndefined();
    const outcome = outcomeOf(() => encode(init));
    expect(outcome).toStrictEqual(outcomeOf(() => Buffer.from(toBinary(everyKind, create(everyKind, init)))));
    // Nothing of it is left over.
    expect(encode({ whole: 1 })).toStrictEqual(Buffer.from(number(3, 1n)));
  });

  it("is every message with a map", () => {
    const init = { reason: "X", metadata: { a: "b" } };
    expect([compileReader(ErrorInfoSchema), compileWriter(ErrorInfoSchema)]).toEqual([undefined, undefined]);
    const bytes = codecOf(ErrorInfoSchema).encode(init);
    expect(codecOf(ErrorInfoSchema).decode(bytes)).toStrictEqual(create(ErrorInfoSchema, init));
  });

  it("is a text beyond ASCII as long as all that was ever written", () => {
    // There is no room for it beyond what ASCII would take, unless it is made.
    // Its length only: a difference of megabytes takes minutes to print.
    expect(write?.({ text: "é".repeat(20_000_000) })?.length).toBeUndefined();
  });

  it("is a message of another type", () => {
    const other = create(CouponService.method.issueCoupon.input);
    expect(write?.(other)).toBeUndefined();
    expect(write?.({ part: other })).toBeUndefined();
  });
});

type Init = Record<string, unknown>;

function outcomeOf(work: () => unknown): unknown {
  try {
    return { value: work() };
  } catch {
    return "BROKEN";
  }
}

function tag(fieldNumber: number, wireType: number): bigint {
  return BigInt(tagOf(fieldNumber, wireType));
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return [...bytes, Number(rest)];
}
