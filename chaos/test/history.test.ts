import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Entry } from "../src/history/entry.ts";
import { History } from "../src/history/history.ts";

describe("History", () => {
  it("keeps what was seen, and nothing that comes when it is ended", async () => {
    const directory = await mkdtemp(join(tmpdir(), "firstcome-chaos-"));
    onTestFinished(() => rm(directory, { recursive: true }));
    const history = new History(join(directory, "runs", "history.jsonl"));
    const entry: Entry = { at: 1, fault: "#1 kill redis", what: "begins" };
    history.write(entry);
    const ended = history[Symbol.asyncDispose]();
    history.write({ ...entry, what: "ended" });
    await ended;
    expect(await readFile(history.path, "utf8")).toBe(`${JSON.stringify(entry)}\n`);
  });
});
