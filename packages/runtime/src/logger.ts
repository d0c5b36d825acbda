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

function traceIds(): object {
  if (!isTracing()) return {};
  const context = trace.getActiveSpan()?.spanContext();
  return context && isSpanContextValid(context) ? { traceId: context.traceId, spanId: context.spanId } : {};
}
