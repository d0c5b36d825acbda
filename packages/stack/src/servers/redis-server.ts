import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { SupervisedProcess } from "../processes/supervised-process.ts";
import { PrivateServer } from "./private-server.ts";
import { redisProcessId } from "./redis-probe.ts";
import type { RunDirectory } from "./run-directory.ts";

// An answer leaves only after its write is on disk, and nothing is ever evicted: what the gate's promises rest on.
const DURABLE = ["--appendonly", "yes", "--appendfsync", "always", "--save", "", "--maxmemory-policy", "noeviction"];

export interface RedisServerOptions {
  /** Of its data directory; to be given where several share a run directory. */
  readonly name?: string;
  /** More of the command line, after what makes it durable. */
  readonly settings?: readonly string[];
}

/** A `redis-server` process of our own: loopback only, durable, on a port and data directory that it keeps over restarts. */
export class RedisServer extends PrivateServer {
  readonly #program: string;
  readonly #dataDir: string;
  readonly #settings: readonly string[];

  /** @param program the path of `redis-server`. */
  constructor(program: string, directory: RunDirectory, { name = "redis", settings = [] }: RedisServerOptions = {}) {
    super("redis-server", directory);
    this.#program = program;
    this.#dataDir = join(directory.path, name);
    this.#settings = settings;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  protected override async spawn(port: number): Promise<SupervisedProcess> {
    await mkdir(this.#dataDir, { recursive: true });
    return await SupervisedProcess.spawn({
      program: this.#program,
      args: [
        "--daemonize",
        "no",
        "--bind",
        "127.0.0.1",
        "--port",
        String(port),
        "--dir",
        this.#dataDir,
        ...DURABLE,
        ...this.#settings,
      ],
    });
  }

  protected override async isReady(port: number, pid: number): Promise<boolean> {
    return (await redisProcessId(port)) === pid;
  }
}
