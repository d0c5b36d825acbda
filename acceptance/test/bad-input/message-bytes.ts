import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import fc from "fast-check";

/**
 * Messages of a type as bytes, from what a friendly caller sends to what fits the type only in part: fields missing, given
 * twice, unknown, of the wrong wire type, too large, too many, out of range.
 */
export function messageBytes(type: DescMessage, depth = 0): fc.Arbitrary<Uint8Array> {
  // Two times out of three everything is as it should be but perhaps one field: that is what gets past the first check.
  const friendly = fc.tuple(...type.fields.map((field) => friendlyField(field, depth))).map(concat);
  const one =
    type.fields.length === 0
      ? friendly
      : fc
          .tuple(
            friendly,
            fc.constantFrom(...type.fields).chain((field) => hostileField(field, depth)),
          )
          .map(concat);
  const any = fc
    .array(type.fields.length === 0 ? unknownField : fc.oneof(unknownField, anyField(type, depth)), { maxLength: 12 })
    .map(concat);
  return fc.oneof({ arbitrary: friendly, weight: 3 }, { arbitrary: one, weight: 4 }, { arbitrary: any, weight: 2 });
}

function anyField(type: DescMessage, depth: number): fc.Arbitrary<Uint8Array> {
  return fc
    .constantFrom(...type.fields)
    .chain((field) => fc.oneof(friendlyField(field, depth), hostileField(field, depth)));
}

/** What callers mean. Names tell more than types here: a user's id is no page token. */
function friendlyField(field: DescField, depth: number): fc.Arbitrary<Uint8Array> {
  // Of alternatives one, and mostly the first: a conversation begins with it.
  if (field.oneof && depth < MAX_DEPTH) {
    const { fields } = field.oneof;
    if (fields[0] !== field) return fc.constant(NOTHING);
    const chosen = fc.oneof({ arbitrary: fc.constant(field), weight: 2 }, fc.constantFrom(...fields));
    return chosen.chain((one) => written(one, friendlyValue(one, depth)));
  }
  // What is left out now and then is what may be left out, or what is asked for.
  return fc.oneof({ arbitrary: written(field, friendlyValue(field, depth)), weight: 9 }, fc.constant(NOTHING));
}

function written(field: DescField, value: fc.Arbitrary<WireValue>): fc.Arbitrary<Uint8Array> {
  if (field.fieldKind !== "list") return value.map((one) => write(field.number, one));
  // Mostly one: lists that belong together have the same length then.
  const values = fc.oneof({ arbitrary: fc.tuple(value), weight: 3 }, fc.array(value, { minLength: 1, maxLength: 3 }));
  return values.map((all) => concat(all.map((one) => write(field.number, one))));
}

function friendlyValue(field: DescField, depth: number): fc.Arbitrary<WireValue> {
  if (field.message) return nested(field.message, depth, depth < MAX_DEPTH);
  if (field.enum) return fc.integer({ min: 0, max: 4 }).map((number) => ["varint", BigInt(number)]);
  if (field.scalar === ScalarType.STRING) return friendlyText(field.name).map(text);
  const small = fc.oneof(fc.constantFrom(1n, 2n, 3n), fc.bigInt(0n, 100n));
  return small.map((number) => numberOf(field.scalar, number));
}

function friendlyText(name: string): fc.Arbitrary<string> {
  if (name.endsWith("user_id") || name === "user_ids") return fc.constantFrom("kim", "lee", "park", "choi:1", "j.-_");
  if (name === "day") return fc.constantFrom("20261121", "20270101", "20260229", "99999999", "00000000");
  if (name === "page_token") return fc.oneof(fc.constant(""), fc.base64String(), fc.json().map(base64), pageToken);
  if (name === "batch_id" || name.includes("letter_id"))
    return fc.constantFrom("0:1-1", "3:1700000000000-0", "x", "16:9-9");
  return fc.stringMatching(/^[A-Za-z0-9._:-]{1,64}$/);
}

/** As the services write them, of places that need not exist. */
const pageToken = fc
  .array(fc.oneof(fc.maxSafeNat().map(String), fc.string(), fc.constantFrom("", "-1", "99999999999999999999")), {
    maxLength: 3,
  })
  .map((place) => base64(JSON.stringify([1, ...place])));

function hostileField(field: DescField, depth: number): fc.Arbitrary<Uint8Array> {
  const wrongType = anyValue.map((value) => write(field.number, value));
  const hostile = hostileValue(field, depth).map((value) => write(field.number, value));
  const twice = fc.tuple(hostile, hostile).map(concat);
  const choices: fc.WeightedArbitrary<Uint8Array>[] = [
    { arbitrary: hostile, weight: 10 },
    { arbitrary: wrongType, weight: 4 },
    { arbitrary: twice, weight: 1 },
    { arbitrary: fc.constant(NOTHING), weight: 1 },
  ];
  if (field.fieldKind === "list") choices.push({ arbitrary: tooMany(field, depth), weight: 2 });
  return fc.oneof(...choices);
}

function tooMany(field: DescField, depth: number): fc.Arbitrary<Uint8Array> {
  const values = fc.oneof(friendlyValue(field, depth), hostileValue(field, depth));
  return (
    fc
      .tuple(values, fc.constantFrom(0, 101, 201, 1_001, 10_000))
      // As long as it is many, one value will do: what many different ones cost is for a benchmark.
      .map(([value, count]) => {
        const one = write(field.number, value);
        return repeat(one, Math.min(count, Math.floor(LARGEST / one.length)));
      })
  );
}

function hostileValue(field: DescField, depth: number): fc.Arbitrary<WireValue> {
  if (field.message) return nested(field.message, depth, false);
  if (field.scalar === ScalarType.STRING || field.scalar === ScalarType.BYTES) return hostileText;
  return hostileNumber.map((number) => numberOf(field.scalar, number));
}

function nested(type: DescMessage, depth: number, friendly: boolean): fc.Arbitrary<WireValue> {
  if (depth >= MAX_DEPTH) return fc.uint8Array({ maxLength: 16 }).map((inner) => ["bytes", inner]);
  const inside = friendly
    ? fc.tuple(...type.fields.map((field) => friendlyField(field, depth + 1))).map(concat)
    : messageBytes(type, depth + 1);
  return inside.map((inner) => ["bytes", inner]);
}

/** Messages inside messages; the contract goes three deep. */
const MAX_DEPTH = 3;

const hostileNumber = fc.oneof(
  fc.constantFrom(
    0n,
    -1n,
    1n,
    255n,
    65_536n,
    2n ** 31n - 1n,
    2n ** 31n,
    2n ** 32n - 1n,
    2n ** 32n,
    2n ** 53n,
    2n ** 53n + 1n,
  ),
  fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 2n ** 64n - 1n, -(2n ** 31n), 10n ** 12n, 10n ** 12n + 1n, 10n ** 14n),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
);

const CONTROL = "\u0000\u0001\u0007\b\t\n\r\u001b[31m\u007f\u0085\u2028\u202e\ufeff";

const hostileText: fc.Arbitrary<WireValue> = fc.oneof(
  fc
    .constantFrom(
      "",
      " ",
      CONTROL,
      "a\r\nset x 1",
      "' OR 1=1; DROP TABLE coupon; --",
      "\\",
      "%s%n%00",
      "../../etc/passwd",
      "{p0}",
      "${jndi:x}",
      "__proto__",
      "constructor",
      "선착순",
      "👩‍👩‍👧‍👦",
      "e\u0301".repeat(100),
      "a".repeat(65),
      "a".repeat(513),
    )
    .map(text),
  fc.string({ unit: "binary", maxLength: 80 }).map(text),
  // No UTF-8 at all.
  fc.constantFrom([0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf8, 0x88, 0x80, 0x80, 0x80]).map((b) => bytes(b)),
  { arbitrary: fc.constantFrom(70_000, 1_000_000).map((length) => text("k".repeat(length))), weight: 1 },
);

/** Of any wire type, groups included. */
const anyValue: fc.Arbitrary<WireValue> = fc.oneof(
  hostileNumber.map((number): WireValue => ["varint", number]),
  hostileNumber.map((number): WireValue => ["fixed32", number]),
  hostileNumber.map((number): WireValue => ["fixed64", number]),
  fc.uint8Array({ maxLength: 40 }).map((raw): WireValue => ["bytes", raw]),
  fc.constantFrom(1, 2, 100, 50_000).map((levels): WireValue => ["group", levels]),
);

const unknownField = fc
  .tuple(fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constantFrom(19_000, 536_870_911)), anyValue)
  .map(([number, value]) => write(number, value));

type WireValue =
  | readonly ["varint" | "fixed32" | "fixed64", bigint]
  | readonly ["bytes", Uint8Array]
  /** So many groups inside each other, never closed when there are many. */
  | readonly ["group", number];

function numberOf(scalar: ScalarType | undefined, number: bigint): WireValue {
  if (scalar === ScalarType.DOUBLE || scalar === ScalarType.FIXED64 || scalar === ScalarType.SFIXED64)
    return ["fixed64", number];
  if (scalar === ScalarType.FLOAT || scalar === ScalarType.FIXED32 || scalar === ScalarType.SFIXED32)
    return ["fixed32", number];
  return ["varint", number];
}

function text(value: string): WireValue {
  return ["bytes", Buffer.from(value)];
}

function bytes(values: readonly number[]): WireValue {
  return ["bytes", Uint8Array.from(values)];
}

function base64(value: string): string {
  return Buffer.from(value).toString("base64url");
}

function write(number: number, [kind, value]: WireValue): Uint8Array {
  const writer = new BinaryWriter();
  switch (kind) {
    case "varint":
      return writer.tag(number, WireType.Varint).uint64(BigInt.asUintN(64, value)).finish();
    case "fixed32":
      return writer
        .tag(number, WireType.Bit32)
        .fixed32(Number(BigInt.asUintN(32, value)))
        .finish();
    case "fixed64":
      return writer.tag(number, WireType.Bit64).fixed64(BigInt.asUintN(64, value)).finish();
    case "bytes":
      return writer.tag(number, WireType.LengthDelimited).bytes(value).finish();
    case "group":
      return groups(number, value);
  }
  return kind satisfies never;
}

function groups(number: number, levels: number): Uint8Array {
  const start = new BinaryWriter().tag(number, WireType.StartGroup).finish();
  const end = new BinaryWriter().tag(number, WireType.EndGroup).finish();
  return levels > 1_000 ? repeat(start, levels) : concat([repeat(start, levels), repeat(end, levels)]);
}

/** A little more than servers take. */
const LARGEST = 4.5 * 1024 * 1024;

const NOTHING = new Uint8Array();

function repeat(part: Uint8Array, count: number): Uint8Array {
  return new Uint8Array(Buffer.alloc(part.length * count, part));
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(parts);
}
