import { type ServerName, startPrivateServers } from "@firstcome/stack";
import type { MeasuredProcess } from "./measure/cpu-clock.ts";

/** Empty servers for one contestant, and their processes. An URL is empty when the server was not asked for. */
export interface BenchServers extends AsyncDisposable {
  readonly redisUrl: string;
  readonly mysqlUrl: string;
  readonly amqpUrl: string;
  readonly processes: readonly MeasuredProcess[];
}

/**
 * Starts new servers, so that no contestant pays for what another left behind (a log to rewrite, pages to purge), with the settings
 * of `npm start`: Redis answers when its write is on disk, MySQL commits to disk.
 *
 * @throws when they can only be had in Docker: their CPU could not be read.
 */
export async function openServers(needs: readonly ServerName[], say: (line: string) => void): Promise<BenchServers> {
  await using opening = new AsyncDisposableStack();
  const servers = opening.use(await startPrivateServers(needs, { log: say }));
  const processes: MeasuredProcess[] = needs.map((name) => {
    const { pid } = servers[name];
    if (pid === undefined) throw new Error(`the CPU of ${name} cannot be read: it runs in a container`);
    return { name, pid };
  });
  const urlOf = (name: ServerName): string => (needs.includes(name) ? servers[name].url : "");
  const open = opening.move();
  return {
    redisUrl: urlOf("redis"),
    mysqlUrl: urlOf("mysql"),
    amqpUrl: urlOf("rabbitmq"),
    processes,
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
