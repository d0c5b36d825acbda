import { describe, expect, it } from "vitest";
import { readIssuerConfig } from "../src/config.ts";

const NEEDED = { MYSQL_URL: "mysql://root@127.0.0.1/firstcome", DISPATCHER_ADDRESSES: "127.0.0.1:50054" };

describe("the configuration", () => {
  it("needs only to know where MySQL and the dispatchers are", () => {
    expect(readIssuerConfig(NEEDED)).toMatchObject({
      server: { host: "127.0.0.1", metricsPort: undefined, workers: 1 },
      dispatchers: ["127.0.0.1:50054"],
      name: expect.stringMatching(new RegExp(`^issuer-.+-${process.pid}$`)),
    });
  });

  it("tells the processes of one service apart by their number", () => {
    const config = readIssuerConfig({ ...NEEDED, ISSUER_NAME: "seoul", WORKERS: "2", WORKER_NUMBER: "2" });
    expect(config).toMatchObject({ name: "seoul-2", server: { workers: 2 } });
  });

  it("holds a batch for longer than an insert takes", () => {
    const hold = (ms: string): number => readIssuerConfig({ ...NEEDED, ISSUER_MAX_HOLD_MS: ms }).maxHoldMs;
    for (const ms of ["0", "50", "999"]) expect(() => hold(ms)).toThrow("ISSUER_MAX_HOLD_MS");
    expect(hold("1000")).toBe(1_000);
  });

  it.each(["1000", "30000", "3600000", "2147483647"])(
    "takes no batch that is held for %s ms for one that is stuck",
    (ms) => {
      const { maxHoldMs, maxHandlingMs } = readIssuerConfig({ ...NEEDED, ISSUER_MAX_HOLD_MS: ms });
      // The queue may be a tenth late with giving it back.
      expect(maxHandlingMs).toBeGreaterThan(1.1 * maxHoldMs);
    },
  );

  it("says everything that is missing or wrong", () => {
    const read = (): unknown => readIssuerConfig({ MYSQL_URL: "postgres://x", ISSUER_NAME: "a b", WORKERS: "many" });
    for (const name of ["MYSQL_URL", "DISPATCHER_ADDRESSES", "ISSUER_NAME", "WORKERS"]) expect(read).toThrow(name);
  });
});
