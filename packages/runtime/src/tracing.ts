import { withTimeout } from "./deadline.ts";

export interface Tracing extends AsyncDisposable {
  readonly enabled: boolean;
}

let tracing = false;

/** For sending what is still buffered. A collector that is away would hold a stop up for ten seconds. */
const FLUSH_TIMEOUT_MS = 2_000;

/** Whether spans are recorded in this process. Hot paths ask before they touch OpenTelemetry: a span costs 14–27 µs. */
export function isTracing(): boolean {
  return tracing;
}

/**
 * Sends traces to an OpenTelemetry collector when an endpoint is set, and loads nothing otherwise. Call once, before the
 * process opens connections; dispose last, so that what is still buffered is sent.
 *
 * @param spec.endpoint base URL of an OTLP/HTTP collector, such as "http://localhost:4318"
 */
export async function startTracing(spec: { serviceName: string; endpoint?: string | undefined }): Promise<Tracing> {
  const endpoint = spec.endpoint ?? process.env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  if (endpoint === undefined || endpoint === "") return { enabled: false, [Symbol.asyncDispose]: async () => {} };
  const { startProvider, unregisterProvider } = await import("./tracing-provider.ts");
  const provider = startProvider(spec.serviceName, endpoint);
  tracing = true;
  return {
    enabled: true,
    [Symbol.asyncDispose]: async () => {
      tracing = false;
      // Spans that no collector takes are lost then as at any other time: the stop has not failed for it.
      await withTimeout(provider.shutdown(), FLUSH_TIMEOUT_MS, "sending the last spans").catch(() => {});
      unregisterProvider();
    },
  };
}
