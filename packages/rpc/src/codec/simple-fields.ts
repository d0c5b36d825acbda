import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";

/** What a field of a simple message holds, one value of it or a list. */
export type SimpleKind = "bool" | "int32" | "uint32" | "int64" | "string" | "message";

export interface SimpleField {
  /** In the message object; of a oneof's member, the case that it is. */
  readonly name: string;
  /** What its oneof is called in the message object. */
  readonly oneof: string | undefined;
  readonly number: number;
  readonly kind: SimpleKind;
  readonly isList: boolean;
  /** How a list of numbers is written; both ways are read. */
  readonly packed: boolean;
  /** A 64-bit number that is a string in JavaScript; others are bigints. */
  readonly longAsString: boolean;
  /** Of kind "message". */
  readonly message: DescMessage | undefined;
}

/** Edition.EDITION_PROTO3 and FieldPresence.IMPLICIT, which protobuf-es does not export by name. */
const PROTO3 = 999;
const IMPLICIT = 2;

/**
 * The fields of a message whose type is simple, by number: proto3, and down to its leaves made of nothing but lists,
 * single values of the kinds above, and oneofs of these. Undefined for any other (maps, bytes, floats, optional fields,
 * recursion, and the well-known types that have a form of their own in JavaScript).
 */
export function simpleFieldsOf(schema: DescMessage, within: readonly DescMessage[] = []): SimpleField[] | undefined {
  const isOwn = !schema.typeName.startsWith("google.protobuf.") || PLAIN_WELL_KNOWN.has(schema.typeName);
  if (!isOwn || (schema.file.edition as number) !== PROTO3 || within.includes(schema)) return undefined;
  const fields: SimpleField[] = [];
  for (const field of schema.fields) {
    const kind = kindOf(field, [...within, schema]);
    if (kind === undefined) return undefined;
    fields.push({
      name: field.localName,
      oneof: field.oneof?.localName,
      number: field.number,
      kind,
      isList: field.fieldKind === "list",
      packed: field.fieldKind === "list" && field.packed,
      longAsString: "longAsString" in field && field.longAsString,
      message: field.message,
    });
  }
  return fields.toSorted((a, b) => a.number - b.number);
}

const PLAIN_WELL_KNOWN = new Set(["google.protobuf.Timestamp", "google.protobuf.Duration"]);

function kindOf(field: DescField, within: readonly DescMessage[]): SimpleKind | undefined {
  if (field.fieldKind === "map") return undefined;
  if (field.message) {
    return !field.delimitedEncoding && simpleFieldsOf(field.message, within) ? "message" : undefined;
  }
  // A oneof says by its case what is set.
  if (field.fieldKind !== "list" && !field.oneof && (field.presence as number) !== IMPLICIT) return undefined;
  // 0 must stand for "not set", and a number without a name must be kept.
  if (field.enum) return field.enum.open ? "int32" : undefined;
  return KINDS.get(field.scalar);
}

const KINDS: ReadonlyMap<ScalarType, SimpleKind> = new Map([
  [ScalarType.BOOL, "bool"],
  [ScalarType.INT32, "int32"],
  [ScalarType.UINT32, "uint32"],
  [ScalarType.INT64, "int64"],
  [ScalarType.UINT64, "int64"],
  [ScalarType.STRING, "string"],
]);
