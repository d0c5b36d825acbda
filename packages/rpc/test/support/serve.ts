import type { DescService } from "@bufbuild/protobuf";
import { silentLogger } from "@firstcome/runtime";
import { onTestFinished } from "vitest";
import {
  type Channel,
  type ChannelOptions,
  type Client,
  createClient,
  openChannel,
  type RpcServer,
  type ServerSpec,
  type ServiceImplementation,
  startServer,
} from "../../src/index.ts";

/** A server on a free port that is gone when the test is. */
export async function serve(services: ServiceImplementation[], spec: Partial<ServerSpec> = {}): Promise<RpcServer> {
  const server = await startServer({ name: "test", host: "127.0.0.1", port: 0, services, log: silentLogger, ...spec });
  onTestFinished(() => server.drain(0));
  return server;
}

export function open(server: RpcServer, options: ChannelOptions = {}): Channel {
  const channel = openChannel(server.address, { retry: false, defaultTimeoutMs: 60_000, ...options });
  onTestFinished(() => channel.close());
  return channel;
}

/** A client of a service that is served with these handlers, and nothing else, for this test. */
export async function connect<S extends DescService>(
  service: S,
  implementation: ServiceImplementation,
  options: ChannelOptions = {},
): Promise<Client<S>> {
  return createClient(service, open(await serve([implementation]), options));
}

/** What a call failed with; a call that succeeds fails the test. */
export async function failureOf(call: Promise<unknown>): Promise<unknown> {
  const answer = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ("value" in answer) throw new Error(`expected a failure, got ${JSON.stringify(answer.value)}`);
  return answer.error;
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
