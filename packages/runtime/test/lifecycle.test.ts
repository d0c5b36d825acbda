import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { describe, expect, it } from "vitest";

describe("runService", () => {
  it.each(["SIGTERM", "SIGINT"] as const)("disposes and exits 0 on %s", async (signal) => {
    const outcome = await run("well", { ready: signal });
    expect(outcome).toEqual({ code: 0, messages: ["ready", "stopping", "disposing", "stopped"] });
  });

  it("does so once, however often it is told", async () => {
    const outcome = await run("well", { ready: "SIGTERM", stopping: "SIGTERM", disposing: "SIGINT" });
    expect(outcome).toEqual({ code: 0, messages: ["ready", "stopping", "disposing", "stopped"] });
  });

  it("finishes a start that was interrupted, then stops", async () => {
    const outcome = await run("slow-start", { starting: "SIGTERM" });
    expect(outcome).toEqual({ code: 0, messages: ["starting", "stopping", "disposing", "stopped"] });
  });

  it("exits 1 when the stop takes longer than it may", async () => {
    const outcome = await run("slow-stop", { ready: "SIGTERM" });
    expect(outcome).toEqual({
      code: 1,
      messages: ["ready", "stopping", "disposing", "the stop took too long; ending all the same"],
    });
  });

  it("holds the stop to that also when it was asked for during the start", async () => {
    const outcome = await run("slow-start-and-stop", { starting: "SIGTERM" });
    expect(outcome.code).toBe(1);
    expect(outcome.messages.at(-1)).toBe("the stop took too long; ending all the same");
  });

  it("exits 1 when the stop fails", async () => {
    const outcome = await run("bad-stop", { ready: "SIGTERM" });
    expect(outcome).toEqual({ code: 1, messages: ["ready", "stopping", "disposing", "the stop failed"] });
  });

  it.each([
    ["bad-config", "the configuration is wrong:\n  MYSQL_URL: is required"],
    ["bad-start", "the service could not start"],
  ])("exits 1 when it cannot start: %s", async (behaviour, message) => {
    expect(await run(behaviour, {})).toEqual({ code: 1, messages: [message] });
  });

  it.each(["rejects", "throws"])("exits 1 with a log when something %s and nobody catches", async (behaviour) => {
    expect(await run(behaviour, {})).toEqual({ code: 1, messages: ["ready", "uncaught error"] });
  });
});

/** Runs the fixture and answers what it says with signals. */
async function run(
  behaviour: string,
  signals: Record<string, NodeJS.Signals>,
): Promise<{ code: number | null; messages: string[] }> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "fixtures/service.ts"), behaviour], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const messages: string[] = [];
  for await (const line of createInterface(child.stdout)) {
    const { msg } = JSON.parse(line) as { msg: string };
    messages.push(msg);
    const signal = signals[msg];
    if (signal) child.kill(signal);
  }
  return { code: await exited, messages };
}
