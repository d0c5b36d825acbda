import { isSpanContextValid, trace } from "@opentelemetry/api";
import { type DestinationStream, type Logger, pino } from "pino";
import { isTracing } from "./tracing.ts";

export type { Logger };
export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "fatal" | "silent";

export interface LoggerSpec {
  /** The process, in the field `name`. */
  name: string;
  level?: LogLevel;
  /** Standard output unless set. */
  destination?: DestinationStream;
}

/** One JSON object a line. What looks like a secret is replaced, at the top of a line's fields and one level down. */
export function createLogger({
  name,
  level = "info",
  destination = pino.destination({ dest: 1, sync: true }),
}: LoggerSpec): Logger {
  return pino(
    {
      name,
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
      hooks: { streamWrite: onOneLine },
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: "[secret]" },
      mixin: traceIds,
    },
    destination,
  );
}

/** For tests and for code that was given no logger. */
export const silentLogger: Logger = pino({ level: "silent" });

const SECRET_FIELDS = [
  "authorization",
  "password",
  "secret",
  "token",
  "AUTH_JWT_SECRET",
  "AUTH_TOKEN",
  "MYSQL_URL",
  "REDIS_URL",
  "mysqlUrl",
  "redisUrl",
];

/**
 * Escapes what JSON leaves as it is and readers of logs do not: what some take for the end of a line (what a caller sent could
 * go on as a line of its own), and what turns the text around on a screen.
 */
function onOneLine(line: string): string {
  return line.replaceAll(MISREAD, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

const MISREAD = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * An error as pino tells it, without what drivers attach: the command of Redis that failed with its arguments, of which a
 * login's is the password, and the statement of MySQL with its values.
 */
function describeError(error: unknown): unknown {
  return error instanceof Error ? withoutInputs(pino.stdSerializers.err(error)) : error;
}

/** Of the errors inside it too: an AggregateError's, or that of the node that a cluster gave up on. */
function withoutInputs(told: object): object {
  const { command, sql, ...rest } = told as Record<string, unknown>;
  const kept = Object.entries(rest).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.map(inside) : inside(value),
  ]);
  const name = typeof command === "object" && command !== null && "name" in command ? { command: command.name } : {};
  return { ...Object.fromEntries(kept), ...name };
}

function inside(value: unknown): unknown {
  if (value instanceof Error) return describeError(value);
  return typeof value === "object" && value !== null && "stack" in value ? withoutInputs(value) : value;
}

function traceIds(): object {
  if (!isTracing()) return {};
  const context = trace.getActiveSpan()?.spanContext();
  return context && isSpanContextValid(context) ? { traceId: context.traceId, spanId: context.spanId } : {};
}
