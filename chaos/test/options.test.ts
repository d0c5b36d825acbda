import { describe, expect, it } from "vitest";
import { parseOptions, UsageError } from "../src/options.ts";

describe("the options of npm run chaos", () => {
  it("have defaults", () => {
    expect(parseOptions([], 5)).toEqual({ seed: 5, seconds: 300, json: undefined, history: undefined, help: false });
    expect(parseOptions(["--quick"], 5)).toMatchObject({ seconds: 90 });
  });

  it("are read", () => {
    const args = "--quick --seed 42 --seconds 30 --json chaos.json --history seen.jsonl".split(" ");
    expect(parseOptions(args, 5)).toEqual({
      seed: 42,
      seconds: 30,
      json: "chaos.json",
      history: "seen.jsonl",
      help: false,
    });
  });

  it.each(["--seed -1", "--seed 4294967296", "--seed luck", "--seconds 9", "--seconds 1.5", "--slow", "now"])(
    "are refused where they make no sense: %s",
    (args) => {
      expect(() => parseOptions(args.split(" "), 5)).toThrow(UsageError);
    },
  );
});
