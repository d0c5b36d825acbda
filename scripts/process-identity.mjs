import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * A string that only this one process ever has, or undefined when no such process runs: its pid alone is another's some day, in a
 * container the same one's at the next start. packages/stack has the same in TypeScript, which the machine's own Node may not run.
 */
export function processIdentity(pid) {
  if (!runs(pid)) {
    return undefined;
  }
  return process.platform === "linux" ? linuxIdentity(pid) : psIdentity(pid);
}

function runs(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not permitted: it is there, and another user's.
    return error.code === "EPERM";
  }
}

function linuxIdentity(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the command in parentheses and may itself hold spaces and parentheses: count from its end.
    const [state, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return state === "Z" || state === "X" ? undefined : `${boot}:${pid}:${rest[18]}`;
  } catch {
    return undefined;
  }
}

function psIdentity(pid) {
  try {
    // The date is compared with one that another process asked for, perhaps in another locale.
    const env = { ...process.env, LC_ALL: "C" };
    const started = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8", env }).trim();
    return `${pid}:${started}`;
  } catch {
    // Without `ps` (Windows) the pid must do.
    return String(pid);
  }
}
