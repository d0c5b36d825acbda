import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SupervisedProcess } from "../processes/supervised-process.ts";
import { PrivateServer } from "./private-server.ts";
import { redisProcessId } from "./redis-probe.ts";
import type { RunDirectory } from "./run-directory.ts";

export interface Watched {
  /** What clients ask for. */
  readonly name: string;
  /** Of the primary, on loopback. */
  readonly port: number;
  /** How many sentinels must agree that it is down. */
  readonly quorum: number;
  /** How long it must have been silent. */
  readonly downAfterMs: number;
}

/** A Redis Sentinel of our own, on loopback. What it learns it writes into its configuration, as sentinels do. */
export class SentinelServer extends PrivateServer {
  readonly #program: string;
  readonly #dataDir: string;
  readonly #watched: Watched;

  /** @param program the path of `redis-server`. */
  constructor(program: string, directory: RunDirectory, name: string, watched: Watched) {
    super("redis-sentinel", directory);
    this.#program = program;
    this.#dataDir = join(directory.path, name);
    this.#watched = watched;
  }

  /** Of the sentinel itself. */
  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  protected override async spawn(port: number): Promise<SupervisedProcess> {
    const config = join(this.#dataDir, "sentinel.conf");
    await mkdir(this.#dataDir, { recursive: true });
    // Only once: a sentinel that is started again knows better.
    await writeFile(config, this.#settings(), { flag: "wx" }).catch(unlessItIsThere);
    return await SupervisedProcess.spawn({
      program: this.#program,
      args: [config, "--sentinel", "--port", String(port), "--bind", "127.0.0.1"],
    });
  }

  protected override async isReady(port: number, pid: number): Promise<boolean> {
    return (await redisProcessId(port)) === pid;
  }

  #settings(): string {
    const { name, port, quorum, downAfterMs } = this.#watched;
    return [
      `dir ${this.#dataDir}`,
      `sentinel monitor ${name} 127.0.0.1 ${port} ${quorum}`,
      `sentinel down-after-milliseconds ${name} ${downAfterMs}`,
      `sentinel failover-timeout ${name} ${4 * downAfterMs}`,
      "",
    ].join("\n");
  }
}

function unlessItIsThere(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) {
    throw error;
  }
}
