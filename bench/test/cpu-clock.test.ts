import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { cpuBetween, parseProcessStat, readCpu } from "../src/measure/cpu-clock.ts";

const me = [{ name: "me", pid: process.pid }];
/** Counted in ticks of 10 ms, before and after. */
const COARSE = 0.05;

describe("the CPU of a process", () => {
  it("is read behind a command that holds spaces and parentheses", () => {
    const line = "42 (a) b (c) S 7 42 42 0 -1 4194560 1 2 3 4 150 30 20 5 20 0 11 0 99 1000 200";
    expect(parseProcessStat(line)).toEqual({ parent: 7, ticks: 180, endedChildrenTicks: 25 });
  });

  it("is what the process itself is told by the kernel", () => {
    // A reading takes CPU itself, as it looks at every process of the machine: so the kernel is asked before and after each.
    const beforeAll = process.cpuUsage();
    const before = readCpu(me);
    const beforeBurning = process.cpuUsage();
    burn(300);
    const burnt = secondsOf(process.cpuUsage(beforeBurning));
    const seconds = cpuBetween(before, readCpu(me)).get("me") ?? Number.NaN;
    const atMost = secondsOf(process.cpuUsage(beforeAll));
    expect(seconds).toBeGreaterThan(burnt - COARSE);
    expect(seconds).toBeLessThan(atMost + COARSE);
  });

  it("includes its children, while they live and when they have ended", async () => {
    const before = readCpu(me);
    const child = spawn(process.execPath, ["-e", CHILD], { stdio: ["pipe", "pipe", "inherit"] });
    const [own] = (await once(child.stdout, "data")) as [Buffer];
    const childSeconds = Number(own.toString());
    const alive = cpuBetween(before, readCpu(me)).get("me") ?? Number.NaN;
    child.stdin.end();
    await once(child, "exit");
    const ended = cpuBetween(before, readCpu(me)).get("me") ?? Number.NaN;
    expect(alive).toBeGreaterThan(childSeconds - COARSE);
    expect(ended).toBeGreaterThanOrEqual(alive);
  });

  it("is summed over processes of one name, and cannot be read of one that has ended", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    const pid = child.pid ?? 0;
    expect([...readCpu([...me, { name: "me", pid }]).keys()]).toEqual(["me"]);
    await once(child, "exit");
    expect(() => readCpu([{ name: "gone", pid }])).toThrow("ENOENT");
  });
});

/** Burns CPU, says how much of it, in seconds, and waits for the end of its input. */
const CHILD = `
  const seconds = () => (process.cpuUsage().user + process.cpuUsage().system) / 1e6;
  while (seconds() < 0.3);
  process.stdout.write(String(seconds()));
  process.stdin.resume().on("end", () => process.exit());
`;

function secondsOf({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1e6;
}

/** So much CPU, however long it takes on a machine that is shared. */
function burn(ms: number): void {
  for (const before = process.cpuUsage(); secondsOf(process.cpuUsage(before)) * 1_000 < ms;);
}
