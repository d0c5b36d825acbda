import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

/** The pids of a process's own children, as they are now. */
export function childProcesses(parent: number): number[] {
  const processes = process.platform === "linux" ? linuxProcesses() : psProcesses();
  return processes.filter(({ ppid }) => ppid === parent).map(({ pid }) => pid);
}

interface Process {
  pid: number;
  ppid: number;
}

function linuxProcesses(): Process[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      // The command in parentheses may itself hold spaces and parentheses: count from its end.
      const [, ppid] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return [{ pid: Number(pid), ppid: Number(ppid) }];
    } catch {
      // It ended in between.
      return [];
    }
  });
}

function psProcesses(): Process[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" }).trim().split("\n");
  return lines.map((line) => {
    const [pid = 0, ppid = 0] = line.trim().split(/\s+/).map(Number);
    return { pid, ppid };
  });
}
