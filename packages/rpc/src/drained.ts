import type { Writable } from "node:stream";

/**
 * Resolves when a call's buffer has room again, and also when the call is over: then there is nothing to wait for.
 *
 * @param overEvent what grpc-js emits at the end of a call: "cancelled" on the server, "status" in the client
 */
export function drained(call: Writable, overEvent: "cancelled" | "status"): Promise<void> {
  if (!call.writableNeedDrain || call.destroyed) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => {
    call.off("drain", done).off(overEvent, done).off("close", done);
    resolve();
  };
  call.on("drain", done).on(overEvent, done).on("close", done);
  return promise;
}
