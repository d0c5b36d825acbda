import { readdirSync, readFileSync } from "node:fs";

/** A process whose CPU counts, under a name that several may share ("issuer"). */
export interface MeasuredProcess {
  readonly name: string;
  readonly pid: number;
}

/** CPU seconds by process name, since the processes began. */
export type CpuReading = ReadonlyMap<string, number>;

// USER_HZ: what the kernel counts in towards programs, on every architecture that Node runs on.
const TICKS_PER_SECOND = 100;

/**
 * User and system time of the processes, of all their threads, and of their descendants, those that have ended included (Redis
 * rewriting its log, the workers of a cluster).
 *
 * @throws when this is no Linux, or one of the processes has ended.
 */
export function readCpu(processes: readonly MeasuredProcess[]): CpuReading {
  if (process.platform !== "linux") throw new Error("CPU is read from /proc: the bench needs Linux");
  const childrenOf = findChildren();
  const reading = new Map<string, number>();
  for (const { name, pid } of processes) {
    reading.set(name, (reading.get(name) ?? 0) + ticksOfTree(pid, childrenOf) / TICKS_PER_SECOND);
  }
  return reading;
}

/** CPU seconds by name between two readings. */
export function cpuBetween(before: CpuReading, after: CpuReading): Map<string, number> {
  return new Map([...after].map(([name, seconds]) => [name, seconds - (before.get(name) ?? 0)]));
}

/** What `/proc/PID/stat` says of a process's CPU and parent. */
export interface ProcessStat {
  readonly parent: number;
  /** Its own threads. */
  readonly ticks: number;
  /** Its descendants that have ended and been waited for. */
  readonly endedChildrenTicks: number;
}

/** Reads a line of `/proc/PID/stat` (proc_pid_stat(5)). */
export function parseProcessStat(line: string): ProcessStat {
  // The command, in parentheses, may hold spaces and parentheses itself: count from its end, where field 3 begins.
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const field = (number: number): number => Number(fields[number - 3]);
  return { parent: field(4), ticks: field(14) + field(15), endedChildrenTicks: field(16) + field(17) };
}

function ticksOfTree(pid: number, childrenOf: ReadonlyMap<number, readonly number[]>): number {
  const { ticks, endedChildrenTicks } = parseProcessStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
  let sum = ticks + endedChildrenTicks;
  for (const child of childrenOf.get(pid) ?? []) {
    try {
      sum += ticksOfTree(child, childrenOf);
    } catch {
      // It has ended since it was listed; its parent counts it from now on.
    }
  }
  return sum;
}

function findChildren(): Map<number, number[]> {
  const childrenOf = new Map<number, number[]>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const { parent } = parseProcessStat(readFileSync(`/proc/${entry}/stat`, "utf8"));
      childrenOf.set(parent, [...(childrenOf.get(parent) ?? []), Number(entry)]);
    } catch {
      // Ended meanwhile.
    }
  }
  return childrenOf;
}
