import { type ChildProcess, spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { processIdentity } from "./process-identity.ts";

/**
 * Sees to it that nothing of ours outlives this process, however it ends. A small child of its own session holds the read end of a
 * pipe; when this process is gone (exit, Ctrl-C, SIGKILL alike) the pipe ends, and the guard ends the processes and removes the
 * directories it was told about and not told to forget.
 */
export interface ProcessGuard {
  /** From now on the process ends with this one. */
  watchProcess(pid: number): void;
  /** The process has ended by itself; its pid may be anyone's now. */
  forgetProcess(pid: number): void;
  /** From now on the directory is removed when this process ends. */
  watchDirectory(path: string): void;
  forgetDirectory(path: string): void;
  /** From now on the command is run when this process ends: for what another program keeps for us. */
  watchCommand(name: string, program: string, args: readonly string[], env: NodeJS.ProcessEnv): void;
  forgetCommand(name: string): void;
}

/** One line on the guard's standard input. */
export type GuardOrder =
  | { order: "watch-process"; pid: number; identity: string }
  | { order: "forget-process"; pid: number }
  | { order: "watch-directory"; path: string }
  | { order: "forget-directory"; path: string }
  | { order: "watch-command"; name: string; program: string; args: readonly string[]; env: NodeJS.ProcessEnv }
  | { order: "forget-command"; name: string };

/** The guard of this process, started when first needed. */
export const processGuard: ProcessGuard = {
  watchProcess(pid) {
    const identity = processIdentity(pid);
    if (identity !== undefined) {
      tell({ order: "watch-process", pid, identity });
    }
  },
  forgetProcess(pid) {
    tell({ order: "forget-process", pid });
  },
  watchDirectory(path) {
    tell({ order: "watch-directory", path });
  },
  forgetDirectory(path) {
    tell({ order: "forget-directory", path });
  },
  watchCommand(name, program, args, env) {
    tell({ order: "watch-command", name, program, args, env });
  },
  forgetCommand(name) {
    tell({ order: "forget-command", name });
  },
};

const guardMain = new URL("./process-guard-main.ts", import.meta.url);

let orders: Writable | undefined;

function tell(order: GuardOrder): void {
  orders ??= startGuard();
  orders.write(`${JSON.stringify(order)}\n`);
}

function startGuard(): Writable {
  // Detached, so that a Ctrl-C in the terminal, which goes to a whole process group, leaves the guard to do its work.
  const guard: ChildProcess = spawn(process.execPath, [fileURLToPath(guardMain)], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    env: { PATH: process.env["PATH"] },
  });
  guard.on("error", () => {});
  const input = guard.stdin;
  if (input === null) {
    throw new Error("the process guard has no standard input");
  }
  // A guard that was killed from outside is not worth ending a run for: stale processes are found at the next start.
  input.on("error", () => {});
  guard.unref();
  if ("unref" in input && typeof input.unref === "function") {
    input.unref();
  }
  return input;
}
