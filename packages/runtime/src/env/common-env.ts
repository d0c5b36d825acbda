import { z } from "zod";

export const logEnv = {
  LOG_LEVEL: z
    .enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"], {
      error: "must be trace, debug, info, warn, error, fatal or silent",
    })
    .default("info"),
};

export const businessTimeEnv = {
  /** IANA name of the zone in which a shop's days begin and its jobs are scheduled. */
  BUSINESS_TIME_ZONE: z
    .string()
    .refine(isTimeZone, { error: "must be an IANA time zone such as Asia/Seoul" })
    .default("Asia/Seoul"),
};

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
