import { describe, expect, it } from "vitest";
import { parseOptions, UsageError } from "../src/options.ts";

describe("the options of npm start", () => {
  it("have defaults", () => {
    expect(parseOptions([])).toEqual({
      stock: 10_000,
      users: 20_000,
      concurrency: 256,
      rush: true,
      once: false,
      json: undefined,
      help: false,
    });
  });

  it("are read", () => {
    const args = "--stock 5 --users 9 --concurrency 3 --no-rush --once --json report.json".split(" ");
    expect(parseOptions(args)).toEqual({
      stock: 5,
      users: 9,
      concurrency: 3,
      rush: false,
      once: true,
      json: "report.json",
      help: false,
    });
  });

  it.each(["--stock 0", "--stock 1.5", "--users many", "--concurrency 1000000", "--fast", "now"])(
    "are refused where they make no sense: %s",
    (args) => {
      expect(() => parseOptions(args.split(" "))).toThrow(UsageError);
    },
  );
});
