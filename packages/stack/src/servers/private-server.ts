import type { SupervisedProcess } from "../processes/supervised-process.ts";
import { findFreePort } from "./free-port.ts";
import type { LocalServer } from "./local-server.ts";
import type { RunDirectory } from "./run-directory.ts";
import { EndedEarlyError, waitUntilReady } from "./wait-until-ready.ts";

const START_DEADLINE_MS = 60_000;
const PORT_ATTEMPTS = 5;

/** A server program that runs as a child of this process: its port, its life, its faults. */
export abstract class PrivateServer implements LocalServer {
  readonly #name: string;
  readonly #directory: RunDirectory;
  #port: number | undefined;
  #process: SupervisedProcess | undefined;

  protected constructor(name: string, directory: RunDirectory) {
    this.#name = name;
    this.#directory = directory;
  }

  abstract readonly url: string;

  /** Starts the program on the port. */
  protected abstract spawn(port: number): Promise<SupervisedProcess>;

  /** Whether what answers on the port is ready and is this very process, not a stranger that took the port first. */
  protected abstract isReady(port: number, pid: number): Promise<boolean>;

  /** @throws when it was never started. */
  get port(): number {
    if (this.#port === undefined) {
      throw new Error(`${this.#name} has no port before its first start`);
    }
    return this.#port;
  }

  /** @throws when it does not run. */
  get pid(): number {
    return this.#current().pid;
  }

  get running(): boolean {
    return this.#process?.running ?? false;
  }

  async start(): Promise<void> {
    if (this.running) {
      throw new Error(`${this.#name} runs already`);
    }
    if (this.#port === undefined) {
      await this.#startOnFreePort();
    } else {
      await this.#startOn(this.#port);
    }
  }

  async stop(): Promise<void> {
    await this.#current().stop("SIGTERM", START_DEADLINE_MS);
  }

  async kill(): Promise<void> {
    await this.#current().kill();
  }

  async freeze(): Promise<void> {
    this.#current().freeze();
  }

  async thaw(): Promise<void> {
    this.#current().thaw();
  }

  /** An orderly stop when the data is kept, a quick one when it is thrown away. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.running) {
      await (this.#directory.kept ? this.stop() : this.kill());
    }
  }

  async #startOnFreePort(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const port = await findFreePort();
      try {
        await this.#startOn(port);
        this.#port = port;
        return;
      } catch (error) {
        // Between the choice of a port and the server's bind another process may have taken it.
        if (!(error instanceof EndedEarlyError && attempt < PORT_ATTEMPTS && /in use/i.test(error.message))) {
          throw error;
        }
      }
    }
  }

  async #startOn(port: number): Promise<void> {
    const started = await this.spawn(port);
    this.#process = started;
    this.#directory.recordProcess(started.pid);
    void started.exited.then(() => this.#directory.forgetProcess(started.pid));
    await waitUntilReady(this.#name, started, () => this.isReady(port, started.pid), START_DEADLINE_MS);
  }

  #current(): SupervisedProcess {
    if (this.#process === undefined || !this.#process.running) {
      throw new Error(`${this.#name} does not run`);
    }
    return this.#process;
  }
}
