import { Code } from "./code.ts";

/** A stable name of what went wrong, in SCREAMING_SNAKE_CASE: part of the contract, never changed, never localized. */
export type Reason = Uppercase<string>;

export interface FieldViolation {
  /** Path from the request's root, in snake_case: "user_ids[3]". */
  field: string;
  description: string;
  /** The rule that was broken, such as "string.pattern". */
  rule?: string | undefined;
}

export interface RpcErrorDetails {
  /** Facts that go with the reason, such as `{ coupon_id: "42" }`. Shown to the caller. */
  metadata?: Readonly<Record<string, string>> | undefined;
  violations?: readonly FieldViolation[] | undefined;
  /** Trying again makes sense, and not before so many ms. */
  retryAfterMs?: number | undefined;
  /** Stays in this process: it goes to the log, never over the wire. */
  cause?: unknown;
}

/** The one error of calls: handlers throw it, clients get it. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  readonly code: Code;
  readonly reason: Reason;
  readonly metadata: Readonly<Record<string, string>>;
  readonly violations: readonly FieldViolation[];
  readonly retryAfterMs: number | undefined;

  /** @param message for developers, in English; shown to the caller */
  constructor(code: Code, reason: Reason, message: string, details: RpcErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.reason = reason;
    this.metadata = details.metadata ?? {};
    this.violations = details.violations ?? [];
    this.retryAfterMs = details.retryAfterMs;
  }
}

type Metadata = Readonly<Record<string, string>>;

/** The request is malformed whatever the state of the system; says which fields, as far as an answer can hold them. */
export function invalidArgument(all: readonly FieldViolation[]): RpcError {
  const violations = all.slice(0, MOST_VIOLATIONS);
  const summary = violations.map(({ field, description }) => `${field}: ${description}`).join("; ");
  const more = all.length > violations.length ? `; and ${all.length - violations.length} more` : "";
  return new RpcError(Code.INVALID_ARGUMENT, "INVALID_ARGUMENT", summary + more, { violations });
}

/** A thousand bad user ids are told by the first few: all of them would not fit into the trailers of an answer. */
const MOST_VIOLATIONS = 10;

export function notFound(reason: Reason, message: string, metadata?: Metadata): RpcError {
  return new RpcError(Code.NOT_FOUND, reason, message, { metadata });
}

export function alreadyExists(reason: Reason, message: string, metadata?: Metadata): RpcError {
  return new RpcError(Code.ALREADY_EXISTS, reason, message, { metadata });
}

/** The state of the system forbids it; trying again without changing that state is no use. */
export function failedPrecondition(reason: Reason, message: string, metadata?: Metadata): RpcError {
  return new RpcError(Code.FAILED_PRECONDITION, reason, message, { metadata });
}

/** Somebody else changed the same thing meanwhile; the caller may start over. */
export function aborted(reason: Reason, message: string, metadata?: Metadata): RpcError {
  return new RpcError(Code.ABORTED, reason, message, { metadata });
}

/** Something that is needed is away for now. */
export function unavailable(reason: Reason, message: string, retryAfterMs?: number, cause?: unknown): RpcError {
  return new RpcError(Code.UNAVAILABLE, reason, message, { retryAfterMs, cause });
}

/** Too much at once. */
export function resourceExhausted(reason: Reason, message: string, retryAfterMs?: number): RpcError {
  return new RpcError(Code.RESOURCE_EXHAUSTED, reason, message, { retryAfterMs });
}

export function deadlineExceeded(reason: Reason, message: string): RpcError {
  return new RpcError(Code.DEADLINE_EXCEEDED, reason, message);
}

/** The caller did not show who it is. */
export function unauthenticated(reason: Reason, message: string, cause?: unknown): RpcError {
  return new RpcError(Code.UNAUTHENTICATED, reason, message, { cause });
}

/** The caller may not do this. */
export function permissionDenied(reason: Reason, message: string, metadata?: Metadata): RpcError {
  return new RpcError(Code.PERMISSION_DENIED, reason, message, { metadata });
}
