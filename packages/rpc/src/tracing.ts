import {
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  trace,
} from "@opentelemetry/api";
import type { Metadata } from "@grpc/grpc-js";

const TRACER = "@firstcome/rpc";

/** Runs a handler inside a span that continues the caller's trace. Only for when `isTracing()`. */
export function inServerSpan<T>(method: string, metadata: Metadata, work: () => Promise<T>): Promise<T> {
  const parent = propagation.extract(context.active(), metadata, FROM_METADATA);
  const attributes = { "rpc.system": "grpc", "rpc.method": method };
  return trace
    .getTracer(TRACER)
    .startActiveSpan(method, { kind: SpanKind.SERVER, attributes }, parent, (span) => recorded(span, work));
}

/** Writes the active trace into the metadata of a call that is about to leave. */
export function injectTrace(metadata: Metadata): void {
  propagation.inject(context.active(), metadata, { set: (carrier, key, value) => carrier.set(key, value) });
}

async function recorded<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) });
    throw error;
  } finally {
    span.end();
  }
}

const FROM_METADATA: TextMapGetter<Metadata> = {
  get: (metadata, key) => metadata.get(key).map(String),
  keys: (metadata) => Object.keys(metadata.getMap()),
};
