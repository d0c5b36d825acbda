import { createComposeServers } from "./create-compose-servers.ts";
import type { LocalServer, Log } from "./local-server.ts";
import { MysqlServer } from "./mysql-server.ts";
import { RabbitmqServer } from "./rabbitmq-server.ts";
import { RedisServer } from "./redis-server.ts";
import { RunDirectory } from "./run-directory.ts";
import { obtainServerPrograms, type ServerName } from "./server-programs.ts";

export interface PrivateServersOptions {
  /** Where the data is kept over runs. Without it, and in Docker, the data is thrown away at the end. */
  dataDir?: string;
  log?: Log;
}

/** The servers that were asked for. Disposing stops them. */
export type PrivateServers<N extends ServerName> = Readonly<Record<N, LocalServer>> & AsyncDisposable;

/**
 * Starts servers that belong to the caller alone, whatever REDIS_URL, MYSQL_URL and AMQP_URL say.
 *
 * @throws {MissingServersError} when a program is missing and cannot be had.
 */
export async function startPrivateServers<N extends ServerName>(
  names: readonly N[],
  options: PrivateServersOptions = {},
): Promise<PrivateServers<N>> {
  await using stack = new AsyncDisposableStack();
  const servers = await createServers(names, options, stack);
  await startAll([...servers.values()]);
  const rest = stack.move();
  const byName = Object.fromEntries(servers) as Record<N, LocalServer>;
  return { ...byName, [Symbol.asyncDispose]: () => rest.disposeAsync() };
}

/** None of them started yet, and all of them handed to `stack`. */
async function createServers<N extends ServerName>(
  names: readonly N[],
  options: PrivateServersOptions,
  stack: AsyncDisposableStack,
): Promise<Map<N, LocalServer>> {
  const log = options.log ?? (() => {});
  const programs = await obtainServerPrograms(names, log);
  const missing = names.filter((name) => programs[name] === undefined);
  const servers = new Map<N, LocalServer>(await createComposeServers(missing, log, stack));
  const directory = stack.use(await RunDirectory.open(options.dataDir));
  for (const name of names) {
    if (name === "redis" && programs.redis !== undefined) {
      servers.set(name, stack.use(new RedisServer(programs.redis, directory)));
    }
    if (name === "mysql" && programs.mysql !== undefined) {
      servers.set(name, stack.use(new MysqlServer(programs.mysql, directory)));
    }
    if (name === "rabbitmq" && programs.rabbitmq !== undefined) {
      servers.set(name, stack.use(new RabbitmqServer(programs.rabbitmq, directory)));
    }
  }
  return servers;
}

/** Waits for all even when one fails, so that none is still starting when they are disposed of. */
async function startAll(servers: readonly LocalServer[]): Promise<void> {
  const results = await Promise.allSettled(servers.map((server) => server.start()));
  const failure = results.find((result) => result.status === "rejected");
  if (failure !== undefined) {
    throw failure.reason;
  }
}
