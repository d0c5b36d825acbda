import type { Server } from "@grpc/grpc-js";
import { setHttp2Options } from "./http2-options.ts";

/**
 * How many streams callers may give up on one connection at once, and per second for long. A stall longer than the callers'
 * deadline makes all of them give up together. With Node's own limit (1 000 at once, 33 a second) the connection is closed
 * for it with INTERNAL_ERROR, which fails everybody else on it and which no caller retries. It is still bounded: opening and
 * resetting streams without end is an attack.
 */
const RESETS_PER_SECOND = 1_000;
const BURST_PER_STREAM = 4;

/** Must be called before the server is bound. */
export function allowStreamResets(server: Server, maxStreamsPerConnection: number): void {
  setHttp2Options(server, {
    streamResetBurst: BURST_PER_STREAM * maxStreamsPerConnection,
    streamResetRate: RESETS_PER_SECOND,
  });
}
