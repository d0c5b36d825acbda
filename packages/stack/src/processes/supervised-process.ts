import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { OutputTail } from "./output-tail.ts";
import { processGuard } from "./process-guard.ts";

const OUTPUT_GRACE_MS = 300;

export interface Exit {
  /** The exit code, null when a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface SpawnOptions {
  program: string;
  args: readonly string[];
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** True for a program that had better finish when this process is interrupted. */
  mayOutlive?: boolean;
  /** Called with every line the process prints, on stdout and stderr alike. */
  onLine?: (line: string, stream: "stdout" | "stderr") => void;
}

/**
 * A child process in a process group of its own (so a Ctrl-C in the terminal reaches only this process, which decides the order of
 * the end), that does not outlive this process, unless it may, and whose last output is kept.
 */
export class SupervisedProcess {
  readonly pid: number;
  /** Resolves when the process has ended and what it printed has been read; never rejects. */
  readonly exited: Promise<Exit>;
  readonly output: OutputTail;
  readonly #child: ChildProcess;

  /** @throws when the program cannot be started (not found, not executable). */
  static async spawn(options: SpawnOptions): Promise<SupervisedProcess> {
    const child = spawn(options.program, options.args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output = new OutputTail();
    const exited = exitOf(child);
    for (const name of ["stdout", "stderr"] as const) {
      readLines(child[name], (line) => {
        output.push(line);
        options.onLine?.(line, name);
      });
    }
    await once(child, "spawn");
    const { pid } = child;
    if (pid === undefined) {
      throw new Error(`${options.program} has no pid`);
    }
    if (options.mayOutlive !== true) {
      processGuard.watchProcess(pid);
      child.once("exit", () => processGuard.forgetProcess(pid));
    }
    return new SupervisedProcess(child, pid, exited, output);
  }

  private constructor(child: ChildProcess, pid: number, exited: Promise<Exit>, output: OutputTail) {
    this.#child = child;
    this.pid = pid;
    this.output = output;
    this.exited = exited;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Sends the signal (SIGTERM unless another is named) and waits for the end; after `deadlineMs` sends SIGKILL. */
  async stop(signal: NodeJS.Signals = "SIGTERM", deadlineMs = 15_000): Promise<Exit> {
    this.#child.kill(signal);
    this.thaw();
    const hardEnd = setTimeout(() => this.#child.kill("SIGKILL"), deadlineMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(hardEnd);
    }
  }

  /** SIGKILL, and waits for the end. */
  async kill(): Promise<Exit> {
    this.#child.kill("SIGKILL");
    return await this.exited;
  }

  /** SIGSTOP: the process keeps its memory and connections, and does nothing. */
  freeze(): void {
    this.#child.kill("SIGSTOP");
  }

  /** SIGCONT. */
  thaw(): void {
    this.#child.kill("SIGCONT");
  }
}

function exitOf(child: ChildProcess): Promise<Exit> {
  const { promise, resolve } = Promise.withResolvers<Exit>();
  child.once("exit", (code, signal) => {
    const end = () => resolve({ code, signal });
    // The output usually ends with the process, but a fork of it (Redis rewriting its log) can hold the pipes for longer.
    const timer = setTimeout(end, OUTPUT_GRACE_MS);
    child.once("close", () => {
      clearTimeout(timer);
      end();
    });
  });
  return promise;
}

function readLines(stream: Readable | null, onLine: (line: string) => void): void {
  if (stream !== null) {
    createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on("line", onLine);
  }
}
