import type { LocalServer, Log } from "./local-server.ts";
import type { ServerName } from "./server-programs.ts";
import { startPrivateServers } from "./start-private-servers.ts";

/** The servers of a run and how to reach them. Disposing stops those that were started, and removes their data unless it is kept. */
export interface LocalServers extends AsyncDisposable {
  /** `redis://host:port` */
  readonly redisUrl: string;
  /** `mysql://user:password@host:port/database` of an account that may create databases, unless MYSQL_URL names another. */
  readonly mysqlUrl: string;
  /** Absent when REDIS_URL names a server that is not ours. */
  readonly redis?: LocalServer;
  /** Absent when MYSQL_URL names a server that is not ours. */
  readonly mysql?: LocalServer;
}

export interface StartServersOptions {
  /** Where the data is kept over runs. Without it, and in Docker, the data is thrown away at the end. */
  dataDir?: string;
  log?: Log;
  /** Where REDIS_URL and MYSQL_URL are read; the process's own environment unless given. */
  env?: NodeJS.ProcessEnv;
}

/**
 * Gives a Redis and a MySQL, each from the first of: `REDIS_URL` / `MYSQL_URL` (used as it is); the program on this machine,
 * started privately; Debian's package, installed when we are root; a Docker engine.
 *
 * @throws {MissingServersError} that says what to install when none of these is there.
 */
export async function startServers(options: StartServersOptions = {}): Promise<LocalServers> {
  const { REDIS_URL, MYSQL_URL } = options.env ?? process.env;
  const needed: ServerName[] = [];
  if (!REDIS_URL) {
    needed.push("redis");
  }
  if (!MYSQL_URL) {
    needed.push("mysql");
  }
  const started: Partial<Record<ServerName, LocalServer>> & AsyncDisposable = await startPrivateServers(
    needed,
    options,
  );
  return { ...started, redisUrl: urlOf(started.redis, REDIS_URL), mysqlUrl: urlOf(started.mysql, MYSQL_URL) };
}

function urlOf(server: LocalServer | undefined, given = ""): string {
  return server?.url ?? given;
}
