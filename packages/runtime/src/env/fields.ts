import { z } from "zod";

// Each field reads the text of one variable. Their messages say what is wanted and never what was given.

export const port = z.coerce
  .number("must be a port number")
  .int("must be a port number")
  .min(0, "must be 0–65535")
  .max(65_535, "must be 0–65535");

/** An integer within bounds, both included. */
export function wholeNumber({ min = 0, max = Number.MAX_SAFE_INTEGER } = {}): z.ZodCoercedNumber {
  const message = `must be a whole number from ${min} to ${max}`;
  return z.coerce.number(message).int(message).min(min, message).max(max, message);
}

/** Milliseconds. Timers cannot count further than 2³¹ − 1 of them. */
export const durationMs = wholeNumber({ min: 0, max: 2 ** 31 - 1 });

/** "true"/"1" or "false"/"0". */
export const flag = z.stringbool({ truthy: ["true", "1"], falsy: ["false", "0"], error: "must be true or false" });

/** "host:port,host:port" → ["host:port", "host:port"]; at least one. */
export const addressList = z
  .string()
  .transform((text) =>
    text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== ""),
  )
  .refine(
    (addresses) =>
      addresses.length > 0 && addresses.every((address) => /^[^\s:]+:\d+$|^\[[^\s\]]+\]:\d+$/.test(address)),
    {
      error: "must be host:port addresses separated by commas",
    },
  );
