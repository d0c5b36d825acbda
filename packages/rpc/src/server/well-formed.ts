import { type DescField, type DescMessage, getOption, hasOption, type Message } from "@bufbuild/protobuf";
import type { Duration, Timestamp } from "@bufbuild/protobuf/wkt";
import { field as fieldRules } from "@bufbuild/protovalidate/gen/buf/validate/validate_pb.js";
import { invalidArgument } from "../errors/rpc-error.ts";

/**
 * Refuses what the validator, which comes after it, must not be given:
 *
 * - lists that are longer than the contract allows. It looks at every item of a list that it has already found too long, and
 *   notes what is wrong with each: a message of 4 MB of empty strings kept a process busy for 12 s;
 * - durations and timestamps that are none, such as 1 s and −2 000 000 000 ns. It compares the seconds, finds them within
 *   their bounds, and whoever adds the two up gets a negative time.
 *
 * @throws RpcError INVALID_ARGUMENT with the first of them
 */
export type WellFormed = (message: Message) => void;

/** Undefined for a type that has neither, as those of the hot path: there is nothing to look at. */
export function wellFormedOf(type: DescMessage): WellFormed | undefined {
  const check = checkOf(type, new Set());
  return check && ((message) => check(message, ""));
}

type Check = (message: Message, path: string) => void;

function checkOf(type: DescMessage, above: ReadonlySet<DescMessage>): Check | undefined {
  const time = TIMES.get(type.typeName);
  if (time) return time;
  // The contract's own messages do not contain themselves; reflection's descriptors, which do, are never requests.
  if (above.has(type)) return undefined;
  const within = new Set([...above, type]);
  const checks = type.fields.map((field) => fieldCheck(field, within)).filter((check) => check !== undefined);
  if (checks.length === 0) return undefined;
  return (message, path) => {
    for (const check of checks) check(message, path);
  };
}

function fieldCheck(field: DescField, above: ReadonlySet<DescMessage>): Check | undefined {
  const inside = field.message && checkOf(field.message, above);
  if (field.fieldKind !== "list") return inside && insideOne(field, inside);
  const most = maxItemsOf(field);
  return (message, path) => {
    const items = valueOf(message, field) as readonly unknown[];
    if (items.length > most) {
      refuse(`${path}${field.name}`, `must contain no more than ${most} item(s)`, "repeated.max_items");
    }
    if (inside) items.forEach((item, i) => inside(item as Message, `${path}${field.name}[${i}].`));
  };
}

function insideOne(field: DescField, inside: Check): Check {
  return (message, path) => {
    const value = valueOf(message, field);
    if (value !== undefined) inside(value as Message, `${path}${field.name}.`);
  };
}

function maxItemsOf(field: DescField): number {
  if (!hasOption(field, fieldRules)) return Number.POSITIVE_INFINITY;
  const { type } = getOption(field, fieldRules);
  return type.case === "repeated" && type.value.maxItems > 0n ? Number(type.value.maxItems) : Number.POSITIVE_INFINITY;
}

function valueOf(message: Message, field: DescField): unknown {
  if (!field.oneof) return Reflect.get(message, field.localName);
  const chosen = Reflect.get(message, field.oneof.localName) as { case?: string; value?: unknown };
  return chosen.case === field.localName ? chosen.value : undefined;
}

/** What their documentation says of both; the path ends with the dot of what is inside them. */
const TIMES: ReadonlyMap<string, Check> = new Map([
  [
    "google.protobuf.Duration",
    (message, path) => {
      const { seconds, nanos } = message as Duration;
      const oneSign = seconds === 0n || nanos === 0 || seconds > 0n === nanos > 0;
      if (oneSign && isBetween(seconds, -LONGEST_S, LONGEST_S) && Math.abs(nanos) < SECOND_NS) return;
      refuse(path.slice(0, -1), "is not a duration", "duration");
    },
  ],
  [
    "google.protobuf.Timestamp",
    (message, path) => {
      const { seconds, nanos } = message as Timestamp;
      if (isBetween(seconds, YEAR_1_S, YEAR_10000_S - 1n) && nanos >= 0 && nanos < SECOND_NS) return;
      refuse(path.slice(0, -1), "is not a time from the years 1 to 9999", "timestamp");
    },
  ],
]);

const SECOND_NS = 1_000_000_000;
/** Ten thousand years. */
const LONGEST_S = 315_576_000_000n;
const YEAR_1_S = -62_135_596_800n;
const YEAR_10000_S = 253_402_300_800n;

function isBetween(value: bigint, least: bigint, most: bigint): boolean {
  return value >= least && value <= most;
}

function refuse(field: string, description: string, rule: string): never {
  throw invalidArgument([{ field, description, rule }]);
}
