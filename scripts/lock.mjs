import { randomBytes } from "node:crypto";
import { linkSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { processIdentity } from "./process-identity.mjs";

const POLL_MS = 100;
/** Far longer than an installation takes. */
const WAIT_MS = 600_000;

/**
 * Runs `work` while no other process does so under the same name; waits for its turn. What a process that is gone held is taken over.
 *
 * A lock is a row of files, `<name>.1`, `<name>.2` …: who makes the next one holds it, once the newest one's maker has released it
 * (emptied the file) or is gone. Files are only removed behind a newer one, so that of several that find the same maker gone one alone
 * can be next: removing the file of a dead holder could remove that of a living one who was quicker.
 *
 * @throws {LockWaitError} when its turn has not come within `waitMs`
 */
export function withLock(name, work, { waitMs = WAIT_MS } = {}) {
  const file = waitForTurn(name, waitMs);
  const release = () => releaseOwn(file);
  process.once("exit", release);
  try {
    work();
  } finally {
    process.off("exit", release);
    release();
  }
}

/** The message names the holder and its file. */
export class LockWaitError extends Error {}

const me = { pid: process.pid, identity: processIdentity(process.pid) };

function waitForTurn(name, waitMs) {
  const deadline = Date.now() + waitMs;
  for (let said = false; ;) {
    const newest = newestNumber(name);
    const file = `${name}.${newest}`;
    const holder = readHolder(file);
    if (holder === undefined) {
      const mine = makeNext(name, newest);
      if (mine !== undefined) {
        return mine;
      }
      continue;
    }
    const whose = `process ${holder.pid}, which installs the dependencies at this moment (${file})`;
    if (Date.now() >= deadline) {
      throw new LockWaitError(
        `Waited ${waitMs / 1_000} s for ${whose}. If it does not, remove that file and run this again.`,
      );
    }
    if (!said) {
      console.error(`Waiting for ${whose} …`);
      said = true;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);
  }
}

/** The file, unless another process was quicker. */
function makeNext(name, newest) {
  const file = `${name}.${newest + 1}`;
  // It appears with its content or not at all: it is written under another name and then linked, which fails when it exists.
  const draft = `${name}.draft-${randomBytes(8).toString("hex")}`;
  writeFileSync(draft, JSON.stringify(me));
  try {
    linkSync(draft, file);
  } catch (error) {
    if (error.code !== "EEXIST") {
      throw error;
    }
    return undefined;
  } finally {
    rmSync(draft, { force: true });
  }
  const numbers = numbersOf(name);
  if (numbers.some((number) => number > newest + 1)) {
    // It was there before, and was removed behind a newer one.
    rmSync(file, { force: true });
    return undefined;
  }
  for (const number of numbers.filter((older) => older <= newest)) {
    rmSync(`${name}.${number}`, { force: true });
  }
  return file;
}

/** Emptied, not removed: the next one's number goes on from it. */
function releaseOwn(file) {
  const holder = readHolder(file);
  if (holder?.pid === me.pid && holder.identity === me.identity) {
    truncateSync(file);
  }
}

/** Undefined when nobody holds it any more. */
function readHolder(file) {
  try {
    const { pid, identity } = JSON.parse(readFileSync(file, "utf8"));
    return identity !== undefined && processIdentity(pid) === identity ? { pid, identity } : undefined;
  } catch {
    return undefined;
  }
}

/** 0 when there is none. */
function newestNumber(name) {
  return Math.max(0, ...numbersOf(name));
}

function numbersOf(name) {
  const start = `${basename(name)}.`;
  const files = readdirSync(dirname(name)).filter((file) => file.startsWith(start));
  return files.map((file) => Number(file.slice(start.length))).filter((number) => Number.isInteger(number));
}
