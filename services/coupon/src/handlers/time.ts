import type { MessageInitShape } from "@bufbuild/protobuf";
import type { DurationSchema, TimestampSchema } from "@bufbuild/protobuf/wkt";

/** Epoch ms as a Timestamp. */
export function timestamp(ms: number): MessageInitShape<typeof TimestampSchema> {
  return fromMs(ms);
}

/** For fields that are unset without a time. */
export function optionalTimestamp(ms: number | undefined): MessageInitShape<typeof TimestampSchema> | undefined {
  return ms === undefined ? undefined : fromMs(ms);
}

/** A length in ms as a Duration. */
export function duration(ms: number): MessageInitShape<typeof DurationSchema> {
  return fromMs(ms);
}

/** What is finer than a millisecond is cut off. */
export function toMs({ seconds, nanos }: { seconds: bigint; nanos: number }): number {
  return Number(seconds) * 1_000 + Math.floor(nanos / 1_000_000);
}

function fromMs(ms: number): { seconds: bigint; nanos: number } {
  const seconds = Math.floor(ms / 1_000);
  return { seconds: BigInt(seconds), nanos: (ms - seconds * 1_000) * 1_000_000 };
}
