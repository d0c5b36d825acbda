import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/**
 * A string that only this one process ever has, or undefined when no such process runs. A pid alone is not enough to send a
 * signal later: pids are used again, and a run directory can outlive a reboot. So the time of its start goes with it.
 */
export function processIdentity(pid: number): string | undefined {
  return process.platform === "linux" ? linuxIdentity(pid) : psIdentity(pid);
}

/**
 * Names the set of processes that pids in a record refer to. A checkout can be shared between a machine and a container, or over
 * a network: a pid written there means nothing here.
 */
export function processNamespace(): string {
  return process.platform === "linux" ? `${hostname()} ${readlinkSync("/proc/self/ns/pid")}` : hostname();
}

function linuxIdentity(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the command in parentheses and may itself hold spaces and parentheses: count from its end.
    const [state, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const startedAtTick = rest[18];
    return state === "Z" || state === "X" ? undefined : `${bootId()}:${pid}:${startedAtTick}`;
  } catch {
    return undefined;
  }
}

function bootId(): string {
  return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

function psIdentity(pid: number): string | undefined {
  try {
    const started = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], {
      encoding: "utf8",
      // The date is compared with one that another process asked for, perhaps in another locale.
      env: { ...process.env, LC_ALL: "C" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    return started.trim() === "" ? undefined : `${pid}:${started.trim()}`;
  } catch {
    return undefined;
  }
}
