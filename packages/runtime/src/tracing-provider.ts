// Loaded only when tracing is on: OpenTelemetry's SDK costs memory and start-up time.
import { context, propagation, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";

/** Registers the process-wide provider with W3C propagation; sampling follows OTEL_TRACES_SAMPLER. */
export function startProvider(serviceName: string, endpoint: string): NodeTracerProvider {
  const url = new URL("v1/traces", endpoint.endsWith("/") ? endpoint : `${endpoint}/`).href;
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ "service.name": serviceName }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url }))],
  });
  provider.register();
  return provider;
}

/** Makes room for the next one: OpenTelemetry keeps the first that is registered, and the spans of another go nowhere. */
export function unregisterProvider(): void {
  trace.disable();
  context.disable();
  propagation.disable();
}
