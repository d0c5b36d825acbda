import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Registry } from "prom-client";
import { ConfigError } from "./config.ts";

export interface MetricsServerSpec {
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** Prometheus text. */
  metrics: () => Promise<string>;
  /** What `/healthz` answers: 200 or 503. */
  health: () => boolean | Promise<boolean>;
}

export interface MetricsServer extends AsyncDisposable {
  /** "127.0.0.1:9464" */
  readonly address: string;
}

/**
 * Serves `/metrics` and `/healthz`.
 *
 * @throws ConfigError when it cannot listen there
 */
export async function startMetricsServer(spec: MetricsServerSpec): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    answer(spec, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  const { promise: listening, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", ({ message }) =>
    reject(new ConfigError([`HOST, METRICS_PORT: cannot listen on ${join(spec.host, spec.port)}: ${message}`])),
  );
  server.listen(spec.port, spec.host, resolve);
  await listening;
  const { port } = server.address() as AddressInfo;
  return {
    address: join(spec.host, port),
    [Symbol.asyncDispose]: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

async function answer(spec: MetricsServerSpec, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url?.split("?", 1)[0];
  if (path === "/metrics") {
    const text = await spec.metrics();
    response.writeHead(200, { "content-type": Registry.PROMETHEUS_CONTENT_TYPE }).end(text);
  } else if (path === "/healthz") {
    const healthy = await spec.health();
    response.writeHead(healthy ? 200 : 503, { "content-type": "text/plain" }).end(healthy ? "ok\n" : "not serving\n");
  } else {
    response.writeHead(404).end();
  }
}

function join(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
