import { exposeMetrics, type Logger, type Metrics, type ServerConfig } from "@firstcome/runtime";
import type { ServiceImplementation } from "./implement.ts";
import { type RpcServer, startServer } from "./server.ts";

export interface ConfiguredServerSpec {
  name: string;
  config: ServerConfig;
  services: readonly ServiceImplementation[];
  log: Logger;
  metrics: Metrics;
  /** How long calls under way may take at the end, in ms. */
  drainMs: number;
}

/**
 * Serves gRPC as the configuration of a process says, with `/metrics` and `/healthz` beside it where they are wanted. Both
 * are put on the stack: at the end the calls under way finish first, and until then the process can still be looked at.
 *
 * @throws ConfigError as `startServer` does
 */
export async function serveConfigured(
  stack: AsyncDisposableStack,
  { name, config, services, log, metrics, drainMs }: ConfiguredServerSpec,
): Promise<{ server: RpcServer; metricsAddress: string | undefined }> {
  const { host, port, tls, auth, limits } = config;
  let server: RpcServer | undefined;
  const health = (): boolean => server?.serving ?? false;
  const exposed = stack.use(
    await exposeMetrics({ host, port: config.metricsPort, registry: metrics.registry, health }),
  );
  const serving = await startServer({ name, host, port, services, log, metrics, auth, tls, limits });
  server = serving;
  stack.defer(() => serving.drain(drainMs));
  return { server: serving, metricsAddress: exposed.address };
}
