import { type DescField, type DescMessage, getOption, hasOption } from "@bufbuild/protobuf";
import {
  type FieldRules,
  type RepeatedRules,
  field as fieldRules,
  message as messageRules,
  oneof as oneofRules,
} from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";

/** True: the message keeps all rules of its type. False: it may not; ask protovalidate. */
export type PlainCheck = (message: object) => boolean;

type Check = (value: unknown) => boolean;

/**
 * A check made of the rules in a type's proto, for types that have plain ones only: bounds of whole numbers, patterns of
 * strings, sizes of lists. Undefined for any other type. It never lets through what protovalidate would not.
 */
export function plainCheckOf(schema: DescMessage, compile: (pattern: string) => RegExp): PlainCheck | undefined {
  if (hasOption(schema, messageRules) || schema.oneofs.some((oneof) => hasOption(oneof, oneofRules))) return undefined;
  const checks: { name: string; check: Check }[] = [];
  for (const field of schema.fields) {
    const check = checkOf(field, compile);
    if (check === undefined) return undefined;
    if (check !== ANYTHING) checks.push({ name: field.localName, check });
  }
  return (message) => {
    for (const { name, check } of checks) if (!check((message as Record<string, unknown>)[name])) return false;
    return true;
  };
}

const ANYTHING: Check = () => true;

function checkOf(field: DescField, compile: (pattern: string) => RegExp): Check | undefined {
  // A message may have rules within, whether or not the field has some.
  if (field.message) return undefined;
  if (!hasOption(field, fieldRules)) return ANYTHING;
  // In a oneof, or with tracked presence, rules hold for what is set only.
  if (field.oneof || field.fieldKind === "map") return undefined;
  return ruleCheck(getOption(field, fieldRules), compile);
}

function ruleCheck(rules: FieldRules, compile: (pattern: string) => RegExp): Check | undefined {
  const { type } = rules;
  if (hasMore(rules, ["type"]) || type.value === undefined || type.value.$unknown !== undefined) return undefined;
  if (type.case === "int32" || type.case === "uint32" || type.case === "int64") {
    const { greaterThan, lessThan } = type.value;
    return hasMore(type.value, ["greaterThan", "lessThan"]) ? undefined : boundsCheck(greaterThan, lessThan);
  }
  if (type.case === "string") {
    if (hasMore(type.value, ["pattern"])) return undefined;
    const pattern = compile(type.value.pattern);
    return (value) => typeof value === "string" && pattern.test(value);
  }
  return type.case === "repeated" ? listCheck(type.value, compile) : undefined;
}

interface Bound {
  readonly case?: string | undefined;
  readonly value?: number | bigint | undefined;
}

function boundsCheck(least: Bound, most: Bound): Check {
  const from = least.case === undefined ? Number.NEGATIVE_INFINITY : Number(least.value);
  const to = most.case === undefined ? Number.POSITIVE_INFINITY : Number(most.value);
  const mayEqualFrom = least.case === "gte";
  const mayEqualTo = most.case === "lte";
  return (value) => {
    const number = Number(value);
    return (
      // Beyond that a long is not compared exactly.
      Number.isSafeInteger(number) &&
      (mayEqualFrom ? number >= from : number > from) &&
      (mayEqualTo ? number <= to : number < to)
    );
  };
}

function listCheck(rules: RepeatedRules, compile: (pattern: string) => RegExp): Check | undefined {
  if (hasMore(rules, ["minItems", "maxItems", "items"])) return undefined;
  const least = Number(rules.minItems);
  const most = Object.hasOwn(rules, "maxItems") ? Number(rules.maxItems) : Number.POSITIVE_INFINITY;
  const check = rules.items ? ruleCheck(rules.items, compile) : ANYTHING;
  if (!check) return undefined;
  return (value) => {
    const list = value as unknown[];
    if (list.length < least || list.length > most) return false;
    for (const item of list) if (!check(item)) return false;
    return true;
  };
}

/** Whether rules other than these are set. What is not set is not a property of its own; lists and oneofs always are. */
function hasMore(rules: object, known: readonly string[]): boolean {
  return Object.entries(rules).some(([name, value]) => name !== "$typeName" && !known.includes(name) && isSet(value));
}

function isSet(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  return !(typeof value === "object" && value !== null && "case" in value && value.case === undefined);
}
