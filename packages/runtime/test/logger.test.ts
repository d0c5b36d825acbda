import { describe, expect, it } from "vitest";
import { createLogger } from "../src/index.ts";

describe("createLogger", () => {
  const capture = (level: "info" | "debug" = "info") => {
    const lines: Record<string, unknown>[] = [];
    const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
    return { lines, log: createLogger({ name: "coupon", level, destination }) };
  };

  it("writes one JSON object a line, with name, level and time", () => {
    const { lines, log } = capture();
    log.info({ address: "127.0.0.1:50051" }, "ready");
    log.debug("not at this level");
    expect(lines).toMatchObject([
      {
        level: "info",
        pid: process.pid,
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
        name: "coupon",
        address: "127.0.0.1:50051",
        msg: "ready",
      },
    ]);
  });

  it("hides what is secret", () => {
    const { lines, log } = capture();
    log.info({
      token: "t0ps3cret",
      config: { mysqlUrl: "mysql://root:t0ps3cret@db", port: 1 },
      headers: { authorization: "Bearer t0ps3cret" },
    });
    expect(JSON.stringify(lines)).not.toContain("t0ps3cret");
    expect(lines).toMatchObject([{ token: "[secret]", config: { mysqlUrl: "[secret]", port: 1 } }]);
  });

  it("keeps what callers sent on its line, and readable as what it was", () => {
    const lines: string[] = [];
    const log = createLogger({ name: "coupon", destination: { write: (line) => void lines.push(line) } });
    const reason = 'x\u2028{"level":"fatal"}\n\u0085\u202e선착순';
    log.info({ reason }, "an operator acted");
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/[\u0085\u2028\u202e]|\n./);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ reason });
  });

  it("hides what drivers attach to errors: commands and statements, which passwords may be in", () => {
    const { lines, log } = capture();
    const command = { name: "auth", args: ["coupon", "t0ps3cret"] };
    const login = Object.assign(new Error("WRONGPASS"), { command });
    const statement = Object.assign(new Error("denied"), { sql: "SET PASSWORD = 't0ps3cret'", errno: 1044 });
    log.error({ err: login }, "one");
    log.error({ err: new AggregateError([login, statement], "all") }, "many");
    log.error({ err: Object.assign(new Error("cluster"), { lastNodeError: login, errors: [statement] }) }, "inside");
    expect(JSON.stringify(lines)).not.toContain("t0ps3cret");
    expect(lines).toMatchObject([
      { err: { message: "WRONGPASS", command: "auth" } },
      { err: { aggregateErrors: [{ message: "WRONGPASS" }, { message: "denied", errno: 1044 }] } },
      { err: { lastNodeError: { command: "auth" } } },
    ]);
  });

  it("writes errors with their stack and cause", () => {
    const { lines, log } = capture();
    log.error({ err: new Error("no row", { cause: new Error("no table") }) }, "failed");
    expect(lines).toMatchObject([
      { level: "error", err: { message: "no row: no table", stack: expect.stringContaining("caused by") as string } },
    ]);
  });
});
