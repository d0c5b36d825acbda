import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator } from "@bufbuild/protovalidate";
import { invalidArgument } from "../errors/rpc-error.ts";
import { type PlainCheck, plainCheckOf } from "./plain-rules.ts";

// One for the process: it keeps the compiled rules of every message type.
//
// Patterns run on the engine's own RegExp: 0.2 µs a string, where the validator's RE2 takes 2–5. RE2 protects against
// patterns that take exponential time, which those in our own protos must not be anyway.
const patterns = new Map<string, RegExp>();
const validator = createValidator({ regexMatch: (pattern, text) => compiled(pattern).test(text) });

/** By type; undefined for those that only protovalidate can judge. */
const plainChecks = new Map<DescMessage, PlainCheck | undefined>();

/**
 * Holds a message against the rules in its proto. A valid one of the hot types takes a tenth of protovalidate's time: an
 * IssueCouponRequest 0.15 µs instead of 1.9, a batch of 64 users 3 instead of 33.
 *
 * @throws RpcError INVALID_ARGUMENT with every violation
 */
export function assertValid<D extends DescMessage>(schema: D, message: MessageShape<D>): void {
  if (plainChecks.get(schema)?.(message)) return;
  const result = validator.validate(schema, message);
  if (result.kind === "valid") return;
  if (result.kind === "error") throw result.error;
  throw invalidArgument(
    result.violations.map(({ field, message: description, ruleId }) => ({
      field: pathToString(field),
      description,
      rule: ruleId,
    })),
  );
}

/** Compiles a type's rules before the first call needs them, and finds rules that do not compile. */
export function warmValidator(schema: DescMessage): void {
  const result = validator.validate(schema, create(schema));
  if (result.kind === "error") throw result.error;
  plainChecks.set(schema, plainCheckOf(schema, compiled));
}

function compiled(pattern: string): RegExp {
  let expression = patterns.get(pattern);
  if (!expression) patterns.set(pattern, (expression = new RegExp(pattern, "u")));
  return expression;
}
