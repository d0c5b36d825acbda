import { canInstallDebianPackages, installDebianPackages } from "./debian-packages.ts";
import { findProgram } from "./find-program.ts";
import type { Log } from "./local-server.ts";
import { findMysqlProgram, type MysqlProgram } from "./mysql-program.ts";
import { findRabbitmqProgram, type RabbitmqProgram } from "./rabbitmq-program.ts";

export type ServerName = "redis" | "mysql" | "rabbitmq";

/** The server programs that this machine has; one that is missing is undefined. */
export interface ServerPrograms {
  redis: string | undefined;
  mysql: MysqlProgram | undefined;
  rabbitmq: RabbitmqProgram | undefined;
}

// MariaDB's "core" packages are the programs alone: no service, no data directory under /var/lib.
const DEBIAN_PACKAGES: Record<ServerName, readonly string[]> = {
  redis: ["redis-server"],
  mysql: ["mariadb-server-core", "mariadb-client-core"],
  rabbitmq: ["rabbitmq-server"],
};

/** Finds the programs of the servers that are needed, after trying to install Debian's packages of the missing ones. */
export async function obtainServerPrograms(needed: readonly ServerName[], log: Log): Promise<ServerPrograms> {
  const programs = await findServerPrograms();
  const packages = needed.filter((name) => programs[name] === undefined).flatMap((name) => DEBIAN_PACKAGES[name]);
  if (packages.length === 0 || !canInstallDebianPackages()) {
    return programs;
  }
  try {
    await installDebianPackages(packages, log);
  } catch (error) {
    // Not the end: a Docker engine may have them.
    log(error instanceof Error ? error.message : String(error));
  }
  return await findServerPrograms();
}

async function findServerPrograms(): Promise<ServerPrograms> {
  return { redis: findProgram("redis-server"), mysql: await findMysqlProgram(), rabbitmq: findRabbitmqProgram() };
}
