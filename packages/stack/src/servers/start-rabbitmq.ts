import type { LocalServer } from "./local-server.ts";
import { startPrivateServers } from "./start-private-servers.ts";
import type { StartServersOptions } from "./start-servers.ts";

/** The RabbitMQ of a run and how to reach it. Disposing stops it when it was started. */
export interface LocalRabbitmq extends AsyncDisposable {
  /** `amqp://user:password@host:port` */
  readonly amqpUrl: string;
  /** Absent when AMQP_URL names a server that is not ours. */
  readonly rabbitmq?: LocalServer;
}

/**
 * Gives a RabbitMQ from the first of `AMQP_URL` (used as it is), the program on this machine, Debian's package, a Docker engine. Apart
 * from `startServers`, since only who compares with it needs it.
 *
 * @throws {MissingServersError} that says what to install when none of these is there.
 */
export async function startRabbitmq(options: StartServersOptions = {}): Promise<LocalRabbitmq> {
  const { AMQP_URL } = options.env ?? process.env;
  if (AMQP_URL) {
    return { amqpUrl: AMQP_URL, [Symbol.asyncDispose]: async () => {} };
  }
  const servers = await startPrivateServers(["rabbitmq"], options);
  return {
    amqpUrl: servers.rabbitmq.url,
    rabbitmq: servers.rabbitmq,
    [Symbol.asyncDispose]: () => servers[Symbol.asyncDispose](),
  };
}
