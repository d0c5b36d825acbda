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
  const long = (value: bigint): string | bigint =>
    "longAsString" in field && field.longAsString ? String(value) : value;
  switch (field.scalar) {
    case ScalarType.STRING:
      return anyText;
    case ScalarType.BOOL:
      return fc.boolean();
    case ScalarType.BYTES:
      return fc.uint8Array({ maxLength: 20 });
    case ScalarType.UINT32:
      return fc.oneof(fc.nat(300), fc.nat(0xffff_ffff));
    case ScalarType.INT64:
      return fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n)).map(long);
    case ScalarType.UINT64:
      return fc.oneof(fc.bigInt(0n, 300n), fc.bigInt(0n, 2n ** 64n - 1n)).map(long);
    default:
      return fc.oneof(fc.integer({ min: -5, max: 300 }), fc.integer());
  }
}

const anyText = fc.oneof(
  fc.stringMatching(/^[A-Za-z0-9._:-]{0,70}$/),
  fc.string({ maxLength: 200 }),
  fc.string({ unit: "grapheme", maxLength: 10 }),
);
