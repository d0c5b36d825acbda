import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "@firstcome/testkit";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { Entry } from "../src/history/entry.ts";
import { runChaos } from "../src/run-chaos.ts";
import type { Actor } from "../src/stage/actor.ts";
import { RowRule } from "../src/stage/row-rule.ts";
import type { Stage } from "../src/stage/stage.ts";
import { openFrontEnd } from "./front-end.ts";

describe("runChaos", () => {
  it("fails with what kept it from going on, when everybody has gone and all that they saw is written", async () => {
    const directory = await mkdtemp(join(tmpdir(), "firstcome-chaos-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    const history = join(directory, "history.jsonl");
    const seen = (): string[] => readFileSync(history, "utf8").split("\n");
    const cause = new Error("it cannot be killed");
    const stage = await stageOf(async () => {
      await eventually(() => seen().length > 100);
      throw cause;
    });

    const run = runChaos(
      { seed: 1, seconds: 10, json: undefined, history, help: false },
      [{ no: 1, atMs: 0, lastsMs: 0, kind: "kill", target: "redis" }],
      () => undefined,
      async () => stage,
    );
    await expect(run).rejects.toBe(cause);
    const lines = seen();
    expect(lines.pop()).toBe("");
    const entries = lines.map((line) => JSON.parse(line) as Entry);
    expect(entries.find((entry) => "fault" in entry)).toMatchObject({ fault: "#1 kill redis", what: "begins" });
  });
});

/** Nothing but a front end, which may not end before everybody has gone, and a Redis whose end is in other hands. */
async function stageOf(kill: () => Promise<void>): Promise<Stage> {
  const caller = await openFrontEnd();
  const goneHome = vi.spyOn(caller.client, "close");
  const redis: Pick<Actor, "exclusively" | "kill"> = { exclusively: (work) => work(), kill };
  return {
    redisUrl: "",
    mysqlUrl: "",
    actors: new Map([["redis", redis as Actor]]),
    services: [],
    proxies: new Map(),
    rowRule: new RowRule(""),
    clients: [caller],
    [Symbol.asyncDispose]: async () => expect(goneHome).toHaveBeenCalled(),
  };
}
