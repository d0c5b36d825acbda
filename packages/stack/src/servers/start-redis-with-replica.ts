import { askRedis } from "./ask-redis.ts";
import type { LocalServer } from "./local-server.ts";
import { obtainRedisProgram } from "./redis-program.ts";
import { RedisServer } from "./redis-server.ts";
import { RunDirectory } from "./run-directory.ts";
import { waitFor } from "./wait-for.ts";

/** A Redis and what replicates it. Disposing ends them all. */
export interface ReplicatedRedis extends AsyncDisposable {
  /** What is the primary at first. */
  readonly primary: LocalServer;
  readonly replicas: readonly LocalServer[];
}

// A copy for a new replica is sent at once, not when others may have joined.
export const REPLICATED = ["--repl-diskless-sync-delay", "0"];

/** Starts a primary and replicas (one unless told), and waits until these have caught up. */
export async function startRedisWithReplica(options: { readonly replicas?: number } = {}): Promise<ReplicatedRedis> {
  const { replicas: count = 1 } = options;
  const program = await obtainRedisProgram();
  await using stack = new AsyncDisposableStack();
  const directory = stack.use(await RunDirectory.open());
  const primary = stack.use(new RedisServer(program, directory, { name: "primary", settings: REPLICATED }));
  await primary.start();
  const settings = [...REPLICATED, "--replicaof", `127.0.0.1 ${primary.port}`];
  const replicas = Array.from({ length: count }, (_, i) =>
    stack.use(new RedisServer(program, directory, { name: `replica-${i + 1}`, settings })),
  );
  await Promise.all(replicas.map((replica) => replica.start()));
  await Promise.all(replicas.map((replica) => caughtUp(replica.port)));
  const rest = stack.move();
  return { primary, replicas, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

/** Resolves when the replica on the port has its primary's data and follows it. */
export async function caughtUp(port: number): Promise<void> {
  await waitFor("a replica follows its primary", async () =>
    (await askRedis(port, "INFO", "replication")).includes("master_link_status:up"),
  );
}
