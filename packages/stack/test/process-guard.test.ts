import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { localDirectory } from "@firstcome/stack";
import { expect, it, vi } from "vitest";
import { processIdentity, processNamespace } from "../src/processes/process-identity.ts";
import { RunDirectory } from "../src/servers/run-directory.ts";

interface Started {
  directory: string;
  pids: number[];
}

it.each(["SIGKILL", "SIGINT"] as const)(
  "ends the servers and removes their data when their run ends by %s",
  async (signal) => {
    const run = spawn(
      process.execPath,
      [fileURLToPath(new URL("fixtures/start-servers-and-wait.ts", import.meta.url))],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const { directory, pids } = await readStarted(run);
    expect(pids).toHaveLength(2);
    expect(existsSync(directory)).toBe(true);

    run.kill(signal);

    await vi.waitFor(
      () => {
        expect(pids.map(processIdentity)).toEqual([undefined, undefined]);
        expect(existsSync(directory)).toBe(false);
      },
      { timeout: 60_000 },
    );
  },
);

it("ends at the next start what a run left behind whose guard was killed too", async () => {
  const ended = spawn(process.execPath, ["--eval", ""]);
  await once(ended, "exit");
  const left = spawn(process.execPath, ["--eval", "setInterval(() => {}, 1000)"]);
  await once(left, "spawn");
  const directory = join(localDirectory, `run-${ended.pid}-left`);
  mkdirSync(directory, { recursive: true });
  writeRecord(join(directory, "owner.json"), ended.pid ?? 0, "an identity that no process has");
  writeRecord(join(directory, `process-${left.pid}.json`), left.pid ?? 0, processIdentity(left.pid ?? 0));
  const exit = once(left, "exit");

  await using next = await RunDirectory.open();

  await exit;
  expect([existsSync(directory), existsSync(next.path)]).toEqual([false, true]);
});

it("leaves alone a process that has a recorded pid but is not the recorded one", async () => {
  const stranger = spawn(process.execPath, ["--eval", "setInterval(() => {}, 1000)"]);
  await once(stranger, "spawn");
  const directory = join(localDirectory, `run-${stranger.pid}-stranger`);
  mkdirSync(directory, { recursive: true });
  writeRecord(join(directory, "owner.json"), stranger.pid ?? 0, "an older process");
  writeRecord(join(directory, `process-${stranger.pid}.json`), stranger.pid ?? 0, "an older process");

  await using next = await RunDirectory.open();

  expect([existsSync(directory), existsSync(next.path)]).toEqual([false, true]);
  expect(processIdentity(stranger.pid ?? 0)).toBeDefined();
  stranger.kill();
  await once(stranger, "exit");
});

function writeRecord(path: string, pid: number, identity: string | undefined): void {
  writeFileSync(path, JSON.stringify({ namespace: processNamespace(), pid, identity }));
}

async function readStarted(run: ChildProcess): Promise<Started> {
  const { stdout } = run;
  if (stdout === null) {
    throw new Error("the run has no output");
  }
  for await (const line of createInterface({ input: stdout })) {
    return JSON.parse(line) as Started;
  }
  throw new Error("the run ended without a word");
}
