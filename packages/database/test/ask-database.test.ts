import { describe, expect, it } from "vitest";
import { askDatabaseWith } from "../src/index.ts";

class AwayError extends Error {
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number, cause: unknown) {
    super("away", { cause });
    this.retryAfterMs = retryAfterMs;
  }
}

const askDatabase = askDatabaseWith((retryAfterMs, cause) => new AwayError(retryAfterMs, cause));

describe("askDatabaseWith", () => {
  it.each([
    ["a lost connection", { code: "ECONNRESET" }],
    ["a server that shuts down", { errno: 1053 }],
    ["a lock that was not got", { errno: 1205 }],
    ["a deadlock lost again and again", { errno: 1213 }],
  ])("says in the service's words that %s is a database away, with the cause", async (_, facts) => {
    const cause = Object.assign(new Error("from the driver"), facts);
    await expect(askDatabase(() => Promise.reject(cause))).rejects.toSatisfy(
      (error) => error instanceof AwayError && error.cause === cause && error.retryAfterMs > 0,
    );
  });

  it("leaves answers and other errors as they are", async () => {
    const other = Object.assign(new Error("a column that is not there"), { errno: 1054 });
    await expect(askDatabase(() => Promise.reject(other))).rejects.toBe(other);
    expect(await askDatabase(() => Promise.resolve(7))).toBe(7);
  });
});
