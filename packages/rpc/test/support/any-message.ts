import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import fc from "fast-check";

/** What inits a message of the type, with every kind of value that its fields may have. */
export function anyInit(schema: DescMessage, depth = 3): fc.Arbitrary<Record<string, unknown>> {
  const plain = schema.fields.filter((field) => !field.oneof);
  const fields = Object.fromEntries(plain.map((field) => [field.localName, anyField(field, depth)]));
  const oneofs = schema.oneofs.map((oneof) => [
    oneof.localName,
    fc.oneof(
      ...oneof.fields.map((field) => fc.record({ case: fc.constant(field.localName), value: anyField(field, depth) })),
    ),
  ]);
  return fc.record({ ...fields, ...Object.fromEntries(oneofs) }, { requiredKeys: [] });
}

function anyField(field: DescField, depth: number): fc.Arbitrary<unknown> {
  if (field.fieldKind === "list") return fc.array(anyValue(field, depth), { maxLength: 5 });
  if (field.fieldKind === "map") return fc.dictionary(anyText, fc.constant("value"), { maxKeys: 3 });
  return anyValue(field, depth);
}

function anyValue(field: DescField, depth: number): fc.Arbitrary<unknown> {
  if (field.message) return depth === 0 ? fc.constant({}) : anyInit(field.message, depth - 1);
  if (field.enum) return fc.oneof(fc.constantFrom(...field.enum.values.map(({ number }) => number)), fc.nat(300));
  const isText = "longAsString" in field && field.longAsString;
  const value = ANY_OF.get(field.scalar) ?? fc.oneof(fc.integer({ min: -5, max: 300 }), fc.integer());
  return isText ? value.map(String) : value;
}

const anyText = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9._:-]{0,70}$/),
  fc.string({ maxLength: 200 }),
  fc.string({ unit: "grapheme", maxLength: 10 }),
);

const ANY_OF: ReadonlyMap<ScalarType, fc.Arbitrary<unknown>> = new Map<ScalarType, fc.Arbitrary<unknown>>([
  [ScalarType.STRING, anyText],
  [ScalarType.BOOL, fc.boolean()],
  [ScalarType.BYTES, fc.uint8Array({ maxLength: 20 })],
  [ScalarType.UINT32, fc.oneof(fc.nat(300), fc.nat(0xffff_ffff))],
  [ScalarType.INT64, fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n))],
  [ScalarType.UINT64, fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 64n - 1n))],
]);
