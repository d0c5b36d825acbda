import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/command-line.ts";
import { parseOverloadOptions } from "../../src/overload/options.ts";

describe("npm run overload", () => {
  it("asks for ten times what can be served, for a minute, over 16 connections, unless told otherwise", () => {
    expect(parseOverloadOptions([])).toEqual({ times: 10, seconds: 60, connections: 16, help: false });
  });

  it("takes other figures, and parts of one where they make sense", () => {
    const options = parseOverloadOptions(["--times", "2.5", "--seconds=7", "--connections", "1000"]);
    expect(options).toEqual({ times: 2.5, seconds: 7, connections: 1_000, help: false });
  });

  it.each([
    ["no number", ["--times", "x"], '--times must be a number from 0.1 to 100, not "x"'],
    ["nothing", ["--times", ""], '--times must be a number from 0.1 to 100, not ""'],
    ["a negative one", ["--times=-3"], '--times must be a number from 0.1 to 100, not "-3"'],
    ["none of it", ["--times", "0"], '--times must be a number from 0.1 to 100, not "0"'],
    ["a number of another kind", ["--seconds", "1e2"], '--seconds must be a number from 1 to 300, not "1e2"'],
    ["what never ends", ["--seconds", "Infinity"], '--seconds must be a number from 1 to 300, not "Infinity"'],
    ["too much", ["--seconds", "300.5"], '--seconds must be a number from 1 to 300, not "300.5"'],
    ["half a connection", ["--connections", "1.5"], '--connections must be a whole number from 1 to 1000, not "1.5"'],
  ])("refuses %s", (_, args, message) => {
    expect(() => parseOverloadOptions(args)).toThrow(new UsageError(message));
  });

  it.each([
    ["an option that there is not", ["--second", "10"]],
    ["an option without its value", ["--seconds"]],
    ["what belongs to no option", ["10"]],
  ])("refuses %s", (_, args) => {
    expect(() => parseOverloadOptions(args)).toThrow(UsageError);
  });

  it("says what is wrong and how it is called, and ends with 2, before it starts anything", async () => {
    const main = fileURLToPath(new URL("../../src/overload/main.ts", import.meta.url));
    const run = promisify(execFile)(process.execPath, [main, "--times", "x"]);
    await expect(run).rejects.toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringMatching(/^--times must be .*\n\nnpm run overload -w bench -- \[--times N\]/),
    });
  });
});
