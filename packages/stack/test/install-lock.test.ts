import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";

describe("the lock of the set-up", () => {
  it("is held by one process at a time, and goes to the next when that one is done", async () => {
    const name = lockName();
    const first = hold(name);
    await first.holds;
    const second = hold(name);
    expect(await second.waits).toContain(`Waiting for process ${first.pid}`);

    first.letGo();
    await second.holds;
    second.letGo();
    expect(await Promise.all([first.exit, second.exit])).toEqual([0, 0]);
  });

  it("goes to one alone of those who find that its holder was killed", async () => {
    const name = lockName();
    const killed = hold(name);
    await killed.holds;
    const others = Array.from({ length: 6 }, () => hold(name));
    await Promise.all(others.map(({ waits }) => waits));
    killed.kill();

    const order: Contender[] = [];
    for (const left = new Set(others); left.size > 0;) {
      const holder = await Promise.race([...left].map((other) => other.holds.then(() => other)));
      left.delete(holder);
      order.push(holder);
      holder.letGo();
      expect(await holder.exit).toBe(0);
    }
    expect(readFileSync(`${name}-log`, "utf8").trim().split("\n")).toEqual([
      `${killed.pid} holds`,
      ...order.flatMap(({ pid }) => [`${pid} holds`, `${pid} lets go`]),
    ]);
  });

  it("is not held by a process that has its holder's pid and began at another time", async () => {
    const name = lockName();
    writeFileSync(`${name}.7`, JSON.stringify({ pid: process.pid, identity: `another boot:${process.pid}:1` }));
    const next = hold(name);
    await next.holds;
    next.letGo();
    expect(await next.exit).toBe(0);
  });

  it("is not taken from another by one who ends and whose file was removed", async () => {
    const name = lockName();
    const first = hold(name);
    await first.holds;
    for (const file of filesOf(name)) rmSync(file);
    const second = hold(name);
    await second.holds;
    first.letGo();
    expect(await first.exit).toBe(0);

    const third = hold(name);
    expect(await third.waits).toContain(`Waiting for process ${second.pid}`);
    second.letGo();
    await third.holds;
  });

  it("is not waited for without end, and the message names the file", async () => {
    const name = lockName();
    const holder = hold(name);
    await holder.holds;
    const impatient = hold(name, "200");
    expect(await impatient.exit).toBe(1);
    const [file] = filesOf(name);
    expect(await impatient.errors).toContain(`process ${holder.pid}, which installs`);
    expect(await impatient.errors).toContain(file);
  });
});

function lockName(): string {
  const directory = mkdtempSync(join(tmpdir(), "firstcome-lock-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return join(directory, "install.lock");
}

function filesOf(name: string): string[] {
  const files = readdirSync(dirname(name)).map((file) => join(dirname(name), file));
  return files.filter((file) => file.startsWith(`${name}.`));
}

/** A process that wants the lock, holds it until it is told to let go, and ends. */
function hold(name: string, ...waitMs: string[]): Contender {
  const fixture = fileURLToPath(new URL("fixtures/hold-lock.mjs", import.meta.url));
  return new Contender(spawn(process.execPath, [fixture, name, ...waitMs], { stdio: ["pipe", "pipe", "pipe"] }));
}

class Contender {
  readonly pid: number | undefined;
  /** What it says when it waits. */
  readonly waits: Promise<string>;
  readonly holds: Promise<void>;
  readonly errors: Promise<string>;
  readonly exit: Promise<unknown>;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;

  constructor(child: ChildProcessByStdio<Writable, Readable, Readable>) {
    onTestFinished(() => void child.kill("SIGKILL"));
    this.#child = child;
    this.pid = child.pid;
    this.exit = once(child, "exit").then(([code]: unknown[]) => code);
    this.errors = text(child.stderr);
    this.waits = once(child.stderr, "data").then(String);
    const held = Promise.withResolvers<void>();
    this.holds = held.promise;
    child.stdout.once("data", () => held.resolve());
  }

  letGo(): void {
    this.#child.stdin.end();
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}
