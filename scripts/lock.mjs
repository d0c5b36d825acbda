import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";

const POLL_MS = 100;

/** Runs `work` while no other process does so under the same lock file; waits for its turn. The lock of a process that is gone is taken over. */
export function withLock(file, work) {
  for (let waits = 0; !take(file); waits += 1) {
    const holder = readHolder(file);
    if (holder !== undefined && !isAlive(holder)) {
      rmSync(file, { force: true });
      continue;
    }
    if (waits === 0) {
      console.error(`Waiting for process ${holder}, which installs the dependencies at this moment …`);
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);
  }
  const release = () => rmSync(file, { force: true });
  process.once("exit", release);
  work();
  process.off("exit", release);
  release();
}

/** The file appears with its content or not at all: it is written under another name and then linked, which fails when it exists. */
function take(file) {
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, String(process.pid));
  try {
    linkSync(mine, file);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") {
      throw error;
    }
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
}

function readHolder(file) {
  try {
    return Number(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not permitted: it is there, and another user's.
    return error.code === "EPERM";
  }
}
