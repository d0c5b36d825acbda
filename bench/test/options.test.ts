import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { UsageError } from "../src/command-line.ts";
import { parseOptions } from "../src/options.ts";

const names = ["stream", "bullmq"];
const NOTHING = {
  mode: "quick",
  json: undefined,
  from: undefined,
  images: false,
  only: [],
  strict: false,
  help: false,
} as const;

describe("npm run bench", () => {
  it("runs everything at full length unless told otherwise", () => {
    const options = parseOptions([], names);
    expect(options).toEqual({ ...NOTHING, mode: "full" });
  });

  it("takes a file for the result, a mode and the contestants wanted", () => {
    const options = parseOptions(["--quick", "--json", "out.json", "--only", "bullmq,stream", "--strict"], names);
    expect(options).toEqual({ ...NOTHING, json: "out.json", only: ["bullmq", "stream"], strict: true });
  });

  it("refuses a contestant that there is not, by name", () => {
    expect(() => parseOptions(["--only", "stream,kafka"], names)).toThrow(new UsageError("--only: there is no kafka"));
  });

  it("refuses an option that there is not", () => {
    expect(() => parseOptions(["--fast"], names)).toThrow(UsageError);
  });

  it("says that the result cannot be written, and ends with 2, before it measures anything", async () => {
    const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
    const run = promisify(execFile)(process.execPath, [main, "--quick", "--json", "/nowhere/bench.json"]);
    await expect(run).rejects.toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(/^--json: ENOENT.*\n\nnpm run bench -- /),
    });
  });
});
