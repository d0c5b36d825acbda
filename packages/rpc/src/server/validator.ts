import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { pathToString } from "@bufbuild/protobuf/reflect";
import { createValidator } from "@bufbuild/protovalidate";
import { invalidArgument } from "../errors/rpc-error.ts";

// One for the process: it keeps the compiled rules of every message type.
//
// Patterns run on the engine's own RegExp: 0.2 µs a string, where the validator's RE2 takes 2–5. RE2 protects against
// patterns that take exponential time, which those in our own protos must not be anyway.
const patterns = new Map<string, RegExp>();
const validator = createValidator({ regexMatch: (pattern, text) => compiled(pattern).test(text) });

/**
 * Holds a message against the rules in its proto (0.6 µs for a small one that is valid).
 *
 * @throws RpcError INVALID_ARGUMENT with every violation
 */
export function assertValid<D extends DescMessage>(schema: D, message: MessageShape<D>): void {
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
}

function compiled(pattern: string): RegExp {
  let expression = patterns.get(pattern);
  if (!expression) patterns.set(pattern, (expression = new RegExp(pattern, "u")));
  return expression;
}
