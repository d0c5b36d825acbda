import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { anyIs, anyPack, anyUnpack, durationFromMs, durationMs } from "@bufbuild/protobuf/wkt";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RetryInfoSchema,
  type Status,
  StatusSchema,
} from "@firstcome/contracts/errors";
import { Metadata, type ServiceError, type StatusObject } from "@grpc/grpc-js";
import { Code, codeName } from "./code.ts";
import { type Reason, RpcError } from "./rpc-error.ts";

/** Who gives the reasons their meaning, in every ErrorInfo. */
const ERROR_DOMAIN = "firstcome";

const DETAILS_KEY = "grpc-status-details-bin";
const PUSHBACK_KEY = "grpc-retry-pushback-ms";
/** A client's own retries wait no longer than this; beyond it the caller is told at once and decides. */
const LONGEST_PUSHBACK_MS = 1_000;

// An answer whose trailers are larger than its reader allows (8 KB are common) is not read at all: the caller sees a broken
// stream. The message is in them twice, once percent-encoded.
const LONGEST_MESSAGE = 400;
const LONGEST_FACT = 100;

/** What the wire shows of an error: code, message and the standard details; never its cause or stack. */
export function toStatus(error: RpcError): StatusObject {
  const metadata = new Metadata();
  metadata.set(DETAILS_KEY, Buffer.from(toBinary(StatusSchema, toDetails(error))));
  if (error.retryAfterMs !== undefined) {
    metadata.set(PUSHBACK_KEY, error.retryAfterMs > LONGEST_PUSHBACK_MS ? "-1" : String(Math.ceil(error.retryAfterMs)));
  }
  return { code: error.code, details: clipped(error.message, LONGEST_MESSAGE), metadata };
}

/** The error of a failed call as a client sees it. What a server of another make sends has its code's name as reason. */
export function fromServiceError(failure: ServiceError | StatusObject): RpcError {
  const code = failure.details === LOST_WHILE_LEAVING ? Code.UNAVAILABLE : codeOf(failure.code);
  const details = readDetails(failure.metadata);
  if (!details) return new RpcError(code, codeName(code), failure.details);
  const info = unpack(details, ErrorInfoSchema);
  const retry = unpack(details, RetryInfoSchema)?.retryDelay;
  return new RpcError(code, (info?.reason ?? codeName(code)) as Reason, failure.details, {
    metadata: info?.metadata,
    retryAfterMs: retry && durationMs(retry),
    violations: unpack(details, BadRequestSchema)?.fieldViolations.map(({ field, description, reason }) => ({
      field,
      description,
      rule: reason === "" ? undefined : reason,
    })),
  });
}

/**
 * What grpc-js says, with INTERNAL, of calls whose connection was reset after it had been asked to go: Node takes that for the
 * regular end of a connection. It is a lost connection as any other, and the call may be repeated.
 */
const LOST_WHILE_LEAVING = "Received RST_STREAM with code 0 (Call ended without gRPC status)";

function toDetails(error: RpcError): Status {
  const { code, message, reason, metadata, violations, retryAfterMs } = error;
  const facts = Object.entries(metadata).map(([name, fact]) => [name, clipped(fact, LONGEST_FACT)]);
  const info = create(ErrorInfoSchema, { domain: ERROR_DOMAIN, reason, metadata: Object.fromEntries(facts) });
  const details = [anyPack(ErrorInfoSchema, info)];
  if (violations.length > 0) {
    const fieldViolations = violations.map(({ field, description, rule = "" }) => ({
      field: clipped(field, LONGEST_FACT),
      description: clipped(description, LONGEST_FACT),
      reason: rule,
    }));
    details.push(anyPack(BadRequestSchema, create(BadRequestSchema, { fieldViolations })));
  }
  if (retryAfterMs !== undefined) {
    const retryDelay = durationFromMs(Math.ceil(retryAfterMs));
    details.push(anyPack(RetryInfoSchema, create(RetryInfoSchema, { retryDelay })));
  }
  return create(StatusSchema, { code, message: clipped(message, LONGEST_MESSAGE), details });
}

/** Cut to what fits, and to what can be encoded: text that callers sent may be in it. */
function clipped(text: string, longest: number): string {
  return (text.length <= longest ? text : `${text.slice(0, longest)}…`).toWellFormed();
}

function readDetails(metadata: Metadata | undefined): Status | undefined {
  const [bytes] = metadata?.get(DETAILS_KEY) ?? [];
  if (!(bytes instanceof Buffer)) return undefined;
  try {
    return fromBinary(StatusSchema, bytes);
  } catch {
    return undefined;
  }
}

type DetailSchema = typeof ErrorInfoSchema | typeof BadRequestSchema | typeof RetryInfoSchema;

function unpack<S extends DetailSchema>(status: Status, schema: S): ReturnType<typeof anyUnpack<S>> {
  const detail = status.details.find((any) => anyIs(any, schema));
  try {
    return detail && anyUnpack(detail, schema);
  } catch {
    // It says that it is one, and is not. The code and the message stand all the same.
    return undefined;
  }
}

function codeOf(code: number): Code {
  return code >= Code.OK && code <= Code.UNAUTHENTICATED ? (code as Code) : Code.UNKNOWN;
}
