import { canUseCompose, ComposeProject } from "./compose-project.ts";
import { ComposeServer } from "./compose-server.ts";
import { findFreePort } from "./free-port.ts";
import type { LocalServer, Log } from "./local-server.ts";
import { MissingServersError } from "./missing-servers-error.ts";
import type { ServerName } from "./server-programs.ts";

const PASSWORD = "firstcome";

/**
 * Containers in place of the programs that this machine lacks; not started yet. Their removal is handed to `stack`.
 *
 * @throws {MissingServersError} when something is missing and no Docker engine answers.
 */
export async function createComposeServers<N extends ServerName>(
  missing: readonly N[],
  log: Log,
  stack: AsyncDisposableStack,
): Promise<Map<N, LocalServer>> {
  if (missing.length === 0) {
    return new Map();
  }
  if (!(await canUseCompose())) {
    throw new MissingServersError(missing);
  }
  log(`starting ${missing.join(" and ")} with docker compose`);
  const ports = { redis: await findFreePort(), mysql: await findFreePort(), rabbitmq: await findFreePort() };
  const project = stack.use(
    new ComposeProject({
      REDIS_PORT: String(ports.redis),
      MYSQL_PORT: String(ports.mysql),
      MYSQL_PASSWORD: PASSWORD,
      REDIS_PASSWORD: PASSWORD,
      RABBITMQ_PORT: String(ports.rabbitmq),
      RABBITMQ_PASSWORD: PASSWORD,
      // Without its profile the end of the project would leave RabbitMQ's container behind.
      COMPOSE_PROFILES: "rabbitmq",
    }),
  );
  const urls = {
    redis: `redis://default:${PASSWORD}@127.0.0.1:${ports.redis}`,
    // The administrators: tests make schemas and accounts of their own.
    mysql: `mysql://root:${PASSWORD}@127.0.0.1:${ports.mysql}/firstcome`,
    rabbitmq: `amqp://firstcome:${PASSWORD}@127.0.0.1:${ports.rabbitmq}`,
  };
  return new Map(missing.map((name) => [name, new ComposeServer(project, name, urls[name])]));
}
