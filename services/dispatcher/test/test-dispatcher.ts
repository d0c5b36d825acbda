import { DispatchAdminService, DispatchService } from "@firstcome/contracts/dispatch";
import { type Client, createClient, openChannel } from "@firstcome/rpc";
import { type Clock, silentLogger } from "@firstcome/runtime";
import { cleanUpAfterFile, type TestRedis } from "@firstcome/testkit";
import { readDispatcherConfig } from "../src/config.ts";
import { startDispatcher } from "../src/service.ts";
import { type Attaching, TestWorker } from "./test-worker.ts";

/** A dispatcher in this process with its clients. Ends when the file is through, or when disposed of. */
export interface TestDispatcher extends AsyncDisposable {
  readonly address: string;
  readonly metricsAddress: string;
  readonly admin: Client<typeof DispatchAdminService>;
  attach(worker?: Attaching): Promise<TestWorker>;
}

export async function startTestDispatcher(
  redis: TestRedis,
  env: Record<string, string> = {},
  wallClock?: Clock,
): Promise<TestDispatcher> {
  const log = silentLogger;
  const service = await startDispatcher(readDispatcherConfig(testEnv(redis, env)), {
    log,
    ...(wallClock && { wallClock }),
  });
  const { address, metricsAddress = "" } = service;
  let stopped: PromiseLike<void> | undefined;
  const stop = async (): Promise<void> => await (stopped ??= service[Symbol.asyncDispose]());
  // Before the channel: clean-ups run last first, and a dispatcher whose workers are gone stops at once.
  cleanUpAfterFile(stop);
  return { ...connectTo(address), address, metricsAddress, [Symbol.asyncDispose]: stop };
}

/** Clients of a dispatcher; its workers and its channel end when the file is through. */
export function connectTo(address: string): Pick<TestDispatcher, "admin" | "attach"> {
  const channel = openChannel(address, { retry: false, defaultTimeoutMs: 60_000 });
  cleanUpAfterFile(async () => channel.close());
  const client = createClient(DispatchService, channel);
  return {
    admin: createClient(DispatchAdminService, channel),
    async attach(options) {
      const worker = await TestWorker.attach(client, options);
      cleanUpAfterFile(async () => worker.crash());
      return worker;
    },
  };
}

/** Quick where a test would wait, patient where a slow machine would break it. */
export function testEnv({ url, keyPrefix }: TestRedis, env: Record<string, string> = {}): Record<string, string> {
  return {
    PORT: "0",
    METRICS_PORT: "0",
    STOP_TIMEOUT_MS: "10000",
    REDIS_URL: url,
    REDIS_KEY_PREFIX: keyPrefix,
    GATE_PARTITIONS: "4",
    DISPATCH_RETRY_BASE_MS: "1",
    DISPATCH_CLAIM_INTERVAL_MS: "20",
    DISPATCH_READ_BLOCK_MS: "50",
    DISPATCH_PAUSE_POLL_MS: "20",
    DISPATCH_SWEEP_MS: "5",
    ...env,
  };
}
