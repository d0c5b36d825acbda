import { eventually, privateServers } from "@firstcome/testkit";
import { beforeAll, describe, expect, it } from "vitest";
import { health, IssuerStack, metric } from "./issuer-stack.ts";

type Mysql = Awaited<ReturnType<typeof privateServers<"mysql">>>["mysql"];

let mysql: Mysql;
let stack: IssuerStack;
beforeAll(async () => {
  ({ mysql } = await privateServers("mysql"));
  stack = new IssuerStack(mysql.url);
  await stack.startDispatcher();
});

describe("the issuer without its database", () => {
  it("holds what it has, takes next to nothing more, and goes on when the database is back", async () => {
    const issuer = await stack.startIssuer();
    const accepting = stack.acceptMany("1", 400, 50);
    await eventually(async () => (await metric(issuer, "firstcome_issuer_inserts_total")) > 0);
    await mysql.stop();
    await eventually(async () => (await health(issuer)) === 503);
    const wanted = await accepting;
    expect(await metric(issuer, "firstcome_issuer_outage")).toBe(1);
    await mysql.start();
    await eventually(() => stack.settled());
    expect(await stack.rowsOf("1")).toEqual(wanted);
    expect(await health(issuer)).toBe(200);
    expect(await stack.deadLetters("1")).toBe("[]");
    expect(await issuer.stop()).toMatchObject({ code: 0 });
  });

  it("gives back what it has when it must stop meanwhile, and exits with 0", async () => {
    const issuer = await stack.startIssuer({ ISSUER_DRAIN_MS: "200" });
    await mysql.freeze();
    const wanted = await stack.acceptMany("2", 5, 10);
    await eventually(async () => (await metric(issuer, "firstcome_worker_held_batches")) > 0);
    expect(await issuer.stop()).toMatchObject({ code: 0 });
    await mysql.thaw();
    const next = await stack.startIssuer();
    await eventually(() => stack.settled());
    expect(await stack.rowsOf("2")).toEqual(wanted);
    expect(await next.stop()).toMatchObject({ code: 0 });
  });
});
