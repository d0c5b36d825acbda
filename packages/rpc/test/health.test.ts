import { Health, ServingStatus } from "@firstcome/contracts/health";
import { CouponService } from "@firstcome/contracts/coupon";
import { describe, expect, it } from "vitest";
import { Code, createClient } from "../src/index.ts";
import { coupons } from "./support/coupons.ts";
import { collect, failureOf, open, serve } from "./support/serve.ts";

describe("grpc.health.v1.Health/Check", () => {
  it.each(["", CouponService.typeName, Health.typeName])("knows %o", async (service) => {
    const server = await serve([coupons({})]);
    const health = createClient(Health, open(server));
    expect(await health.check({ service })).toMatchObject({ status: ServingStatus.SERVING });
    server.setServing(false);
    expect(await health.check({ service })).toMatchObject({ status: ServingStatus.NOT_SERVING });
  });

  it("answers NOT_FOUND for a service that is not there", async () => {
    const health = createClient(Health, open(await serve([])));
    expect(await failureOf(health.check({ service: "no.such.Service" }))).toMatchObject({
      code: Code.NOT_FOUND,
      reason: "SERVICE_NOT_FOUND",
    });
  });
});

describe("grpc.health.v1.Health/Watch", () => {
  it("tells the state, then every change, and ends when the server drains", async () => {
    const server = await serve([coupons({})]);
    const health = createClient(Health, open(server));
    const watch = health.watch({ service: CouponService.typeName })[Symbol.asyncIterator]();
    const next = async (): Promise<ServingStatus | undefined> => (await watch.next()).value?.status;
    expect(await next()).toBe(ServingStatus.SERVING);
    server.setServing(false);
    expect(await next()).toBe(ServingStatus.NOT_SERVING);
    server.setServing(true);
    expect(await next()).toBe(ServingStatus.SERVING);
    const last = next();
    await server.drain(5_000);
    expect(await last).toBe(ServingStatus.NOT_SERVING);
    expect((await watch.next()).done).toBe(true);
  });

  it("waits for a service that is not there", async () => {
    const server = await serve([]);
    const health = createClient(Health, open(server));
    const watch = health.watch({ service: "no.such.Service" })[Symbol.asyncIterator]();
    expect((await watch.next()).value).toMatchObject({ status: ServingStatus.SERVICE_UNKNOWN });
    const rest = collect({ [Symbol.asyncIterator]: () => watch });
    await server.drain(5_000);
    expect(await rest).toEqual([]);
  });
});
