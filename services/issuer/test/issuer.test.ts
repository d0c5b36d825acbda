import { eventually, testDatabase } from "@firstcome/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { health, IssuerStack, metric } from "./issuer-stack.ts";

let stack: IssuerStack;
let mysqlUrl: string;
beforeAll(async () => {
  mysqlUrl = (await testDatabase()).url;
  stack = new IssuerStack(mysqlUrl);
  await stack.startDispatcher();
});

describe("the issuer", () => {
  it("turns what was accepted into rows, and takes it off the hand-off", async () => {
    const issuer = await stack.startIssuer();
    const wanted = await stack.acceptMany("1", 50, 40);
    await eventually(() => stack.settled());
    expect(await stack.rowsOf("1")).toEqual(wanted);
    expect(await metric(issuer, "firstcome_issuer_rows_total")).toBe(2_000);
    expect(await metric(issuer, "firstcome_issuer_lag_seconds_count")).toBe(50);
    expect(await health(issuer)).toBe(200);
    expect(await issuer.stop()).toMatchObject({ code: 0 });
  });

  it("killed in the middle of its work leaves it to another: one row each", async () => {
    const [doomed, other] = await Promise.all([stack.startIssuer(), stack.startIssuer()]);
    const accepting = stack.acceptMany("2", 200, 50);
    await eventually(async () => (await metric(doomed, "firstcome_issuer_inserts_total")) > 0);
    await doomed.kill();
    const wanted = await accepting;
    await eventually(() => stack.settled());
    expect(await stack.rowsOf("2")).toEqual(wanted);
    expect(await other.stop()).toMatchObject({ code: 0 });
  });

  it("stopped in the middle of its work finishes or gives back, and exits with 0", async () => {
    const [leaving, other] = await Promise.all([stack.startIssuer(), stack.startIssuer()]);
    const accepting = stack.acceptMany("3", 200, 50);
    await eventually(async () => (await metric(leaving, "firstcome_issuer_inserts_total")) > 0);
    expect(await leaving.stop()).toMatchObject({ code: 0 });
    const wanted = await accepting;
    await eventually(() => stack.settled());
    expect(await stack.rowsOf("3")).toEqual(wanted);
    expect(await metric(other, "firstcome_issuer_number_conflicts_total")).toBe(0);
    expect(await other.stop()).toMatchObject({ code: 0 });
  });

  it("sends a poison item to the dead letters, and issues its batch-mates", async () => {
    const issuer = await stack.startIssuer();
    await stack.accept("4", 1, ["ann", "x".repeat(65), "cyd"]);
    await eventually(() => stack.settled());
    expect(await stack.rowsOf("4")).toEqual(["1/ann", "3/cyd"]);
    expect(await stack.deadLetters("4")).toContain("BAD_ROW");
    expect(await metric(issuer, "firstcome_issuer_bad_rows_total")).toBe(1);
    await issuer.stop();
  });

  it("sends a number that contradicts the table to the dead letters, and issues its batch-mates", async () => {
    const issuer = await stack.startIssuer();
    await stack.accept("5", 1, ["ann"]);
    await eventually(() => stack.settled());
    await stack.accept("5", 2, ["ann", "bob"]);
    await eventually(() => stack.settled());
    expect(await stack.rowsOf("5")).toEqual(["1/ann", "3/bob"]);
    expect(await stack.deadLetters("5")).toContain("NUMBER_CONFLICT");
    expect(await metric(issuer, "firstcome_issuer_number_conflicts_total")).toBe(1);
    await issuer.stop();
  });

  it("of two processes attaches with both, and stops as one", async () => {
    const issuer = await stack.startIssuer({ WORKERS: "2" });
    await eventually(async () => (await metric(issuer, "firstcome_worker_sessions")) === 2);
    const wanted = await stack.acceptMany("7", 60, 50);
    await eventually(() => stack.settled());
    expect(await stack.rowsOf("7")).toEqual(wanted);
    expect(await metric(issuer, "firstcome_issuer_rows_total")).toBe(3_000);
    expect(await health(issuer)).toBe(200);
    expect(await issuer.stop()).toMatchObject({ code: 0 });
  });

  it("attached to a dispatcher of two processes gets everything from the one it reached", async () => {
    const several = new IssuerStack(mysqlUrl);
    const dispatcher = await several.startDispatcher({ WORKERS: "2" });
    const issuer = await several.startIssuer();
    expect(dispatcher.pids).toHaveLength(3);
    const wanted = await several.acceptMany("8", 40, 50);
    await eventually(() => several.settled());
    expect(await several.rowsOf("8")).toEqual(wanted);
    expect(await metric(dispatcher, "firstcome_dispatch_workers")).toBe(1);
    expect(await metric(dispatcher, "firstcome_dispatch_backlog_batches")).toBe(0);
    expect(await issuer.stop()).toMatchObject({ code: 0 });
    expect(await dispatcher.stop()).toMatchObject({ code: 0 });
  });

  it("outlives its dispatcher", async () => {
    const issuer = await stack.startIssuer();
    await stack.killDispatcher();
    await eventually(async () => (await health(issuer)) === 503);
    const wanted = await stack.acceptMany("6", 10, 10);
    await stack.startDispatcher();
    await eventually(() => stack.settled());
    expect(await stack.rowsOf("6")).toEqual(wanted);
    expect(await issuer.stop()).toMatchObject({ code: 0 });
  });
});
