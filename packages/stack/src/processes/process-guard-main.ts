// The guard's own process (see process-guard.ts): reads orders until its parent is gone, then clears up and ends.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { createInterface } from "node:readline";
import { endProcess } from "./end-process.ts";
import type { GuardOrder } from "./process-guard.ts";

/** A command that takes longer, such as one that asks a Docker engine which hangs, is ended. */
const COMMAND_MS = 60_000;

const identities = new Map<number, string>();
const commands = new Map<string, Extract<GuardOrder, { order: "watch-command" }>>();
const directories = new Set<string>();

for await (const line of createInterface({ input: process.stdin })) {
  obey(JSON.parse(line) as GuardOrder);
}

// One that does not end, not even so, must not keep the rest from being cleared up.
await Promise.allSettled([...identities].map(([pid, identity]) => endProcess(pid, identity)));
for (const { program, args, env } of commands.values()) {
  spawnSync(program, args, { env, stdio: "ignore", timeout: COMMAND_MS, killSignal: "SIGKILL" });
}
for (const path of directories) {
  rmSync(path, { recursive: true, force: true });
}

function obey(order: GuardOrder): void {
  switch (order.order) {
    case "watch-process":
      identities.set(order.pid, order.identity);
      break;
    case "forget-process":
      identities.delete(order.pid);
      break;
    case "watch-directory":
      directories.add(order.path);
      break;
    case "forget-directory":
      directories.delete(order.path);
      break;
    case "watch-command":
      commands.set(order.name, order);
      break;
    case "forget-command":
      commands.delete(order.name);
      break;
  }
}
