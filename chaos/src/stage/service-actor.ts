import { setTimeout as sleep } from "node:timers/promises";
import { type ServiceProcess, startService } from "@firstcome/stack";
import { SERVICES, type ServiceTitle } from "../topology.ts";
import type { Actor } from "./actor.ts";
import { Turns } from "./turns.ts";

/** How long a supervisor waits before it starts anew what has ended by itself. */
const START_AGAIN_MS = 300;
const START_DEADLINE_MS = 120_000;
/** More than STOP_TIMEOUT_MS: a service that keeps to its own deadline is never killed. */
const STOP_DEADLINE_MS = 35_000;

export interface ServiceActorSpec {
  readonly title: ServiceTitle;
  readonly env: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
}

/** A service as its supervisor knows it: whatever ends it, it is started again, until it is disposed of. */
export class ServiceActor implements Actor, AsyncDisposable {
  readonly title: ServiceTitle;
  /** How often it ended although nobody had asked it to. */
  crashes = 0;
  /** How often it gave up while it started: what it needed was not there. */
  failedStarts = 0;
  /** Orderly stops that did not end with exit code 0. */
  uncleanStops = 0;
  readonly #spec: ServiceActorSpec;
  readonly #turns = new Turns();
  #process: ServiceProcess | undefined;
  #port: number | undefined;
  #over = false;

  constructor(spec: ServiceActorSpec) {
    this.title = spec.title;
    this.#spec = spec;
  }

  /** Of its gRPC server, at this moment; undefined while it is down, and of a service that has none. */
  get port(): number | undefined {
    return this.#process?.running ? this.#port : undefined;
  }

  exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.take(work);
  }

  async start(): Promise<void> {
    const deadline = Date.now() + START_DEADLINE_MS;
    while (!this.#over) {
      try {
        const { env, log } = this.#spec;
        const process = await startService({ name: SERVICES[this.title], env, log });
        if (this.#over) await process.kill();
        else this.#supervise(process);
        return;
      } catch (error) {
        this.failedStarts += 1;
        if (Date.now() > deadline) throw error;
      }
      await sleep(START_AGAIN_MS);
    }
  }

  async kill(): Promise<void> {
    await this.#leave()?.kill();
  }

  async stop(): Promise<void> {
    const exit = await this.#leave()?.stop("SIGTERM", STOP_DEADLINE_MS);
    if (exit && exit.code !== 0) this.uncleanStops += 1;
  }

  async freeze(): Promise<void> {
    this.#process?.freeze();
  }

  async thaw(): Promise<void> {
    this.#process?.thaw();
  }

  /** Killed, not stopped: by now all that it did is on record. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    await this.kill();
  }

  #supervise(process: ServiceProcess): void {
    this.#process = process;
    this.#port = SERVICES[this.title] === "issuer" ? undefined : Number(process.address.split(":")[1]);
    void this.#startAgainAfter(process);
  }

  async #startAgainAfter(process: ServiceProcess): Promise<void> {
    await process.exited;
    if (this.#process !== process || this.#over) return;
    this.crashes += 1;
    this.#process = undefined;
    // What cannot be started again is told by what waits for it in vain.
    await this.exclusively(() => this.start()).catch(() => undefined);
  }

  /** What ends from now on does so because it is asked to. */
  #leave(): ServiceProcess | undefined {
    const process = this.#process;
    this.#process = undefined;
    return process;
  }
}
