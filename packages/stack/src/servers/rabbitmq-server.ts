import { createHash } from "node:crypto";
import { mkdir, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SupervisedProcess } from "../processes/supervised-process.ts";
import { EpmdServer } from "./epmd-server.ts";
import { findFreePort } from "./free-port.ts";
import { PrivateServer } from "./private-server.ts";
import { rabbitmqClusterName } from "./rabbitmq-probe.ts";
import type { RabbitmqProgram } from "./rabbitmq-program.ts";
import type { RunDirectory } from "./run-directory.ts";

/** A RabbitMQ node of our own: loopback only, on a port and data directory that it keeps over restarts. Its queues are as durable as they are declared. */
export class RabbitmqServer extends PrivateServer {
  readonly #program: RabbitmqProgram;
  readonly #epmd: EpmdServer;
  readonly #dataDir: string;

  constructor(program: RabbitmqProgram, directory: RunDirectory) {
    super("rabbitmq-server", directory);
    this.#program = program;
    this.#epmd = new EpmdServer(program.epmd, directory);
    this.#dataDir = join(directory.path, "rabbitmq");
  }

  /** Of the account that RabbitMQ makes by itself, and lets in from this machine only. */
  get url(): string {
    return `amqp://guest:guest@127.0.0.1:${this.port}`;
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.#epmd[Symbol.asyncDispose]();
  }

  protected override async spawn(port: number): Promise<SupervisedProcess> {
    if (!this.#epmd.running) {
      await this.#epmd.start();
    }
    await mkdir(this.#dataDir, { recursive: true });
    const config = join(this.#dataDir, "rabbitmq.conf");
    const plugins = join(this.#dataDir, "enabled-plugins");
    await writeFile(config, `listeners.tcp.1 = 127.0.0.1:${port}\nlog.console.level = warning\nlog.file = false\n`);
    await writeFile(plugins, "[].\n");
    return await SupervisedProcess.spawn({
      program: this.#program.server,
      args: [],
      env: {
        ...process.env,
        // Erlang keeps its cookie there.
        HOME: this.#dataDir,
        // As under systemd the script becomes the node, instead of a parent that a SIGKILL would part from it.
        RUNNING_UNDER_SYSTEMD: "true",
        NOTIFY_SOCKET: "",
        RABBITMQ_NODENAME: `${await this.#node()}@localhost`,
        RABBITMQ_CONF_ENV_FILE: "/dev/null",
        RABBITMQ_CONFIG_FILE: config,
        RABBITMQ_ADVANCED_CONFIG_FILE: join(this.#dataDir, "advanced.config"),
        RABBITMQ_ENABLED_PLUGINS_FILE: plugins,
        RABBITMQ_MNESIA_BASE: join(this.#dataDir, "mnesia"),
        RABBITMQ_LOG_BASE: join(this.#dataDir, "log"),
        RABBITMQ_PID_FILE: join(this.#dataDir, "pid"),
        RABBITMQ_DIST_PORT: String(await findFreePort()),
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1}",
        ERL_EPMD_PORT: String(this.#epmd.port),
        ERL_EPMD_ADDRESS: "127.0.0.1",
      },
    });
  }

  protected override async isReady(port: number): Promise<boolean> {
    return (await rabbitmqClusterName(port)).startsWith(`${await this.#node()}@`);
  }

  /** Its name is in the data, so the same directory must have the same one; and no other server's. */
  async #node(): Promise<string> {
    const directory = await realpath(this.#dataDir);
    return `firstcome-${createHash("sha256").update(directory).digest("hex").slice(0, 12)}`;
  }
}
