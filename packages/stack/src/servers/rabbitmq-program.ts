import { existsSync } from "node:fs";
import { findProgram } from "./find-program.ts";

/** RabbitMQ's start script, and the name server that every Erlang node asks for a place. */
export interface RabbitmqProgram {
  server: string;
  epmd: string;
}

// The script itself: the one that Debian puts on the PATH gives up root for an account that may not write where we do.
const DEBIAN_SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/** RabbitMQ as it is installed, or undefined. */
export function findRabbitmqProgram(): RabbitmqProgram | undefined {
  const server = existsSync(DEBIAN_SERVER) ? DEBIAN_SERVER : findProgram("rabbitmq-server");
  const epmd = findProgram("epmd");
  return server === undefined || epmd === undefined ? undefined : { server, epmd };
}
