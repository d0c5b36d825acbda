import { describe, expect, it } from "vitest";
import { attemptTokens } from "../../src/domain/attempt-tokens.ts";

describe("attempt tokens", () => {
  it("count up from their start, and stay whole numbers that a double holds", () => {
    const next = attemptTokens(2 ** 48 - 1);
    expect([next(), next(), next()]).toEqual(["281474976710656", "281474976710657", "281474976710658"]);
  });
});
