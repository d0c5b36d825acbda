import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
/** What keeps a process for ever. */
const HOLD = "data:text/javascript,setInterval(() => undefined, 1e9)";

/** Runs it as `npm run chaos` does, in a process that something keeps; it is ended with the test if not before. */
async function run(...args: string[]): Promise<{ code: number | null; said: string }> {
  const child = spawn(process.execPath, ["--import", HOLD, MAIN, ...args], { stdio: ["ignore", "ignore", "pipe"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, "exit") as Promise<[number | null]>]);
  return { code, said };
}

describe("npm run chaos", () => {
  it("ends when it has failed, whatever still keeps the process, and says why", async () => {
    const directory = await mkdtemp(join(tmpdir(), "firstcome-chaos-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    const file = join(directory, "file");
    await writeFile(file, "");
    const { code, said } = await run("--history", join(file, "history.jsonl"));
    expect(code).toBe(1);
    expect(said).toMatch(/^Error: (EEXIST|ENOTDIR)/);
  });

  it("ends when its options make no sense", async () => {
    const { code, said } = await run("--seed", "luck");
    expect(code).toBe(2);
    expect(said).toContain("--seed must be a whole number");
  });
});
