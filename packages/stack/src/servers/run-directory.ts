import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { endProcess } from "../processes/end-process.ts";
import { processGuard } from "../processes/process-guard.ts";
import { processIdentity, processNamespace } from "../processes/process-identity.ts";
import { localDirectory } from "../repository-root.ts";

const OWNER_FILE = "owner.json";
const RUN_PREFIX = "run-";

/** Who uses a run directory, or one process that was started in it. */
interface ProcessRecord {
  namespace: string;
  pid: number;
  identity: string;
}

/**
 * The data directory of the servers of one run, with a record on disk of who uses it and which processes it started. So the next
 * start can end what a run left behind when even its process guard was killed.
 */
export class RunDirectory implements AsyncDisposable {
  readonly path: string;
  /** True when the data outlives the run. */
  readonly kept: boolean;

  /**
   * Opens a directory of its own under `.local/`, removed at the end, or the one at `dataDir`, which is kept. Clears up after dead
   * runs first.
   *
   * @throws when `dataDir` is used by a run that is alive, or by a process of a dead one that does not end.
   */
  static async open(dataDir?: string): Promise<RunDirectory> {
    await clearDeadRuns();
    if (dataDir === undefined) {
      return new RunDirectory(
        join(localDirectory, `${RUN_PREFIX}${process.pid}-${randomBytes(4).toString("hex")}`),
        false,
      );
    }
    const path = resolve(dataDir);
    const owner = readRecord(join(path, OWNER_FILE));
    if (owner !== undefined && isAlive(owner)) {
      throw new Error(`${path} is used by another run (process ${owner.pid})`);
    }
    await endRecordedProcesses(path);
    return new RunDirectory(path, true);
  }

  private constructor(path: string, kept: boolean) {
    this.path = path;
    this.kept = kept;
    mkdirSync(path, { recursive: true, mode: 0o700 });
    this.#write(OWNER_FILE, process.pid);
    if (!kept) {
      processGuard.watchDirectory(path);
    }
  }

  recordProcess(pid: number): void {
    this.#write(processFile(pid), pid);
  }

  forgetProcess(pid: number): void {
    rmSync(join(this.path, processFile(pid)), { force: true });
  }

  /** To be called when its servers have ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.kept ? join(this.path, OWNER_FILE) : this.path, { recursive: true, force: true });
    processGuard.forgetDirectory(this.path);
  }

  #write(file: string, pid: number): void {
    const identity = processIdentity(pid);
    if (identity !== undefined) {
      const record: ProcessRecord = { namespace: processNamespace(), pid, identity };
      writeFileSync(join(this.path, file), JSON.stringify(record));
    }
  }
}

async function clearDeadRuns(): Promise<void> {
  if (!existsSync(localDirectory)) {
    return;
  }
  const runs = readdirSync(localDirectory).filter((name) => name.startsWith(RUN_PREFIX));
  await Promise.all(runs.map((name) => clearIfDead(join(localDirectory, name))));
}

async function clearIfDead(path: string): Promise<void> {
  const owner = readRecord(join(path, OWNER_FILE));
  // One without a readable owner is being made or removed at this moment.
  if (owner !== undefined && owner.namespace === processNamespace() && !isAlive(owner)) {
    try {
      await endRecordedProcesses(path);
    } catch {
      // What does not end is left for the next start; this one has a directory of its own.
      return;
    }
    await rm(path, { recursive: true, force: true });
  }
}

async function endRecordedProcesses(path: string): Promise<void> {
  const files = existsSync(path) ? readdirSync(path).filter((name) => /^process-\d+\.json$/.test(name)) : [];
  await Promise.all(
    files.map(async (name) => {
      const record = readRecord(join(path, name));
      if (record !== undefined && record.namespace === processNamespace()) {
        await endProcess(record.pid, record.identity);
      }
      await rm(join(path, name), { force: true });
    }),
  );
}

function isAlive(record: ProcessRecord): boolean {
  // Of another machine's or container's processes nothing can be seen from here: take it for alive.
  return record.namespace !== processNamespace() || processIdentity(record.pid) === record.identity;
}

function readRecord(path: string): ProcessRecord | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, "utf8"));
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is ProcessRecord {
  return (
    typeof value === "object" &&
    value !== null &&
    "namespace" in value &&
    typeof value.namespace === "string" &&
    "pid" in value &&
    typeof value.pid === "number" &&
    "identity" in value &&
    typeof value.identity === "string"
  );
}

function processFile(pid: number): string {
  return `process-${pid}.json`;
}
