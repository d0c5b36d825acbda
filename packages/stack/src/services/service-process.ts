import { join } from "node:path";
import { childProcesses } from "../processes/child-processes.ts";
import { type Exit, SupervisedProcess } from "../processes/supervised-process.ts";
import { repositoryRoot } from "../repository-root.ts";
import { parseReadyLine, type ReadyLine } from "./ready-line.ts";

/** The services that run as processes of their own: the folders of `services/`. */
export type ServiceName = "coupon" | "dispatcher" | "issuer" | "order" | "ranking";

export interface StartServiceOptions {
  name: ServiceName;
  /** Set on top of this process's own environment. */
  env?: Readonly<Record<string, string>>;
  /** Called with every line that the service prints. */
  log?: (line: string) => void;
  /** 120 000 unless given. */
  readyTimeoutMs?: number;
  /** Stops the service while it starts. Once it is ready it is its owner's to stop. */
  signal?: AbortSignal;
}

/**
 * Starts a service of this repository as a child process and waits until it says that it is ready.
 *
 * @throws with its last lines when it ends, or is not ready in time (it is killed then); the signal's reason, once it has ended
 */
export async function startService(options: StartServiceOptions): Promise<ServiceProcess> {
  return await startServiceFrom(join(repositoryRoot, "services", options.name, "src/main.ts"), options);
}

/** The same for any Node program that prints a ready line. */
export async function startServiceFrom(
  main: string,
  options: Omit<StartServiceOptions, "name"> & { name: string },
): Promise<ServiceProcess> {
  const { name, env = {}, log, readyTimeoutMs = 120_000, signal } = options;
  signal?.throwIfAborted();
  const firstReadyLine = Promise.withResolvers<ReadyLine>();
  const child = await SupervisedProcess.spawn({
    program: process.execPath,
    args: [...NODE_FLAGS, main],
    cwd: repositoryRoot,
    env: { ...process.env, ...env },
    onLine: (line, stream) => {
      const ready = stream === "stdout" ? parseReadyLine(line) : undefined;
      if (ready !== undefined) {
        firstReadyLine.resolve(ready);
      }
      log?.(line);
    },
  });
  return new ServiceProcess(
    name,
    child,
    await waitForReady(name, child, firstReadyLine.promise, readyTimeoutMs, signal),
  );
}

/** What every service is started with, wherever it runs: see ADR 0022. */
const NODE_FLAGS = ["--no-allocation-site-pretenuring"];

/** A running service. Disposing stops it. */
export class ServiceProcess implements AsyncDisposable {
  readonly name: string;
  readonly exited: Promise<Exit>;
  readonly #child: SupervisedProcess;
  readonly #ready: ReadyLine;

  constructor(name: string, child: SupervisedProcess, ready: ReadyLine) {
    this.name = name;
    this.exited = child.exited;
    this.#child = child;
    this.#ready = ready;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Its own and, when it runs as several processes (WORKERS), those of its workers as they are now. */
  get pids(): readonly number[] {
    return [this.pid, ...childProcesses(this.pid)];
  }

  get running(): boolean {
    return this.#child.running;
  }

  /** `host:port` of its gRPC server. @throws when it has none (the issuer). */
  get address(): string {
    return this.#field("address");
  }

  /** `host:port` of its `/metrics` and `/healthz`. @throws when it has none (METRICS_PORT is not set). */
  get metrics(): string {
    return this.#field("metrics");
  }

  /** The last lines it printed, oldest first. */
  get lastLines(): readonly string[] {
    return this.#child.output.lines();
  }

  /** Sends the signal, SIGTERM unless another is named, and waits for the end (SIGKILL after `deadlineMs`). */
  async stop(signal: NodeJS.Signals = "SIGTERM", deadlineMs = 30_000): Promise<Exit> {
    return await this.#child.stop(signal, deadlineMs);
  }

  /** SIGKILL, and waits for the end. */
  async kill(): Promise<Exit> {
    return await this.#child.kill();
  }

  /** SIGSTOP: it hangs, with its connections open. With WORKERS these are its workers', which go on. */
  freeze(): void {
    this.#child.freeze();
  }

  /** SIGCONT. */
  thaw(): void {
    this.#child.thaw();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #field(field: "address" | "metrics"): string {
    const value = this.#ready[field];
    if (value === undefined) {
      throw new Error(`the ${this.name} service has no ${field}`);
    }
    return value;
  }
}

async function waitForReady(
  name: string,
  child: SupervisedProcess,
  ready: Promise<ReadyLine>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<ReadyLine> {
  const givenUp = Promise.withResolvers<"late" | "aborted">();
  const timer = setTimeout(() => givenUp.resolve("late"), timeoutMs);
  const abort = (): void => givenUp.resolve("aborted");
  signal?.addEventListener("abort", abort);
  if (signal?.aborted) abort();
  const first = await Promise.race([ready, child.exited, givenUp.promise]);
  clearTimeout(timer);
  signal?.removeEventListener("abort", abort);
  if (first === "aborted") {
    await child.stop();
    throw signal?.reason;
  }
  if (first === "late") {
    await child.kill();
    throw new Error(`the ${name} service was not ready after ${timeoutMs} ms:\n${child.output.describe()}`);
  }
  if ("code" in first) {
    throw new Error(
      `the ${name} service ended while it started (${first.signal ?? `exit code ${first.code}`}):\n${child.output.describe()}`,
    );
  }
  return first;
}
