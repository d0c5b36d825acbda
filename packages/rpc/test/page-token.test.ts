import { describe, expect, it } from "vitest";
import { DECIMAL, readPageToken, writePageToken } from "../src/index.ts";

const ANY = /^.*$/;

function tokenOf(content: unknown): string {
  return Buffer.from(JSON.stringify(content)).toString("base64url");
}

describe("page tokens", () => {
  it("bring a place back, part by part", () => {
    const place = ["1767225600000", "선착순"];
    expect(readPageToken(writePageToken(place), [DECIMAL, ANY])).toEqual(place);
  });

  it("stand for the list's beginning when empty", () => {
    expect(readPageToken("", [DECIMAL])).toBeUndefined();
  });

  it.each([
    ["is no JSON", "bogus"],
    ["holds no list", tokenOf({ 0: 1, 1: "7" })],
    ["is of another version", tokenOf([2, "7"])],
    ["has a part of another shape", writePageToken(["seven"])],
    ["has a part that is no text", tokenOf([1, 7])],
    ["has fewer parts", writePageToken([])],
    ["has more parts", writePageToken(["7", "8"])],
    ["has more parts, which are no text", tokenOf([1, "7", 8])],
  ])("are refused when one %s", (_, token) => {
    expect(() => readPageToken(token, [DECIMAL])).toThrow(
      expect.objectContaining({
        reason: "INVALID_ARGUMENT",
        violations: [expect.objectContaining({ field: "page_token" })],
      }),
    );
  });
});
