import { type ChildProcess, spawn } from "node:child_process";
import { get, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

type Line = { msg: string; pid: number; [field: string]: unknown };

/** The fixture several.ts with all its processes, as a test sees it from outside. */
export class SeveralProcesses {
  readonly lines: Line[] = [];
  /** Of the primary. */
  readonly exited: Promise<number | NodeJS.Signals | null>;
  /** The last process that could write is gone. */
  readonly allEnded: Promise<void>;
  readonly #child: ChildProcess;
  readonly #waiting = new Set<() => void>();

  constructor(behaviour: string, env: Record<string, string> = {}) {
    const main = join(import.meta.dirname, "../fixtures/several.ts");
    // In a process group of its own, as a terminal or a service manager starts it.
    const child = spawn(process.execPath, [main, behaviour], {
      detached: true,
      env: { ...process.env, WORKERS: "2", PORT: "0", METRICS_PORT: "0", ...env },
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#child = child;
    this.exited = new Promise((resolve) => child.once("exit", (code, signal) => resolve(signal ?? code)));
    this.allEnded = new Promise((resolve) => child.once("close", () => resolve()));
    createInterface(child.stdout).on("line", (text) => {
      this.lines.push(JSON.parse(text) as Line);
      for (const look of this.#waiting) look();
    });
    onTestFinished(async () => {
      this.signalGroup("SIGKILL");
      await this.allEnded;
    });
  }

  get pid(): number {
    return this.#child.pid as number;
  }

  /** What was said, with who said it; the primary is 0. */
  get said(): string[] {
    return this.lines.map(({ msg, pid }) => `${pid === this.pid ? "primary" : "worker"}: ${msg}`);
  }

  /** Waits until so many lines say it. */
  async says(msg: string, times = 1): Promise<Line[]> {
    const { promise, resolve } = Promise.withResolvers<Line[]>();
    const look = (): void => {
      const lines = this.lines.filter((line) => line.msg === msg);
      if (lines.length >= times) resolve(lines);
    };
    this.#waiting.add(look);
    look();
    const lines = await promise;
    this.#waiting.delete(look);
    return lines;
  }

  /** Waits until all serve. */
  async ready(): Promise<{ address: string; metrics: string; workers: number[] }> {
    const [line] = await this.says("ready");
    const up = await this.says("a worker is up", 2);
    return {
      address: String(line?.["address"]),
      metrics: String(line?.["metrics"]),
      workers: up.map(({ workerPid }) => Number(workerPid)),
    };
  }

  signalGroup(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch {
      // All of them have ended.
    }
  }
}

/** A request on a connection of its own. */
export async function request(url: string, onBegun = () => {}): Promise<{ status: number | undefined; text: string }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { agent: false }, resolve).on("error", reject);
  });
  let text = "";
  for await (const part of response) {
    text += String(part);
    onBegun();
  }
  return { status: response.statusCode, text };
}

export async function ask(url: string): Promise<string> {
  return (await request(url)).text;
}

/** The value of a metric without labels of its own. */
export async function metric(address: string, name: string): Promise<number> {
  const line = (await ask(`http://${address}/metrics`)).split("\n").find((text) => text.startsWith(`${name}{`));
  return Number(line?.split(" ").at(-1));
}
