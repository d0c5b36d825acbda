import type { ServerName } from "./server-programs.ts";

const WANTED: Record<ServerName, { what: string; debian: string; homebrew: string; variable: string }> = {
  redis: { what: "Redis 7", debian: "redis-server", homebrew: "redis", variable: "REDIS_URL" },
  mysql: { what: "MariaDB or MySQL", debian: "mariadb-server", homebrew: "mariadb", variable: "MYSQL_URL" },
  rabbitmq: { what: "RabbitMQ 3.10 or newer", debian: "rabbitmq-server", homebrew: "rabbitmq", variable: "AMQP_URL" },
};

/** A server is needed and there is no way to get one; the message says what a person can do. */
export class MissingServersError extends Error {
  override readonly name = "MissingServersError";

  constructor(missing: readonly ServerName[]) {
    const wanted = missing.map((name) => WANTED[name]);
    super(
      [
        `${list(wanted.map(({ what }) => what))} not found on this machine. Any one of these will do:`,
        `  - install it: sudo apt-get install ${wanted.map(({ debian }) => debian).join(" ")}   (macOS: brew install ${wanted.map(({ homebrew }) => homebrew).join(" ")})`,
        "  - start a Docker engine that has the compose plugin",
        `  - set ${list(wanted.map(({ variable }) => variable))} to a server that you have`,
      ].join("\n"),
    );
  }
}

function list(words: readonly string[]): string {
  return words.join(" and ");
}
