import { Server, ServerCredentials } from "@grpc/grpc-js";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEcho } from "../../src/contestants/echo/echo.ts";
import type { Front } from "../../src/contestants/front.ts";
import { flood, type FloodOrder } from "../../src/overload/flood.ts";

let echo: Front;

beforeAll(async () => {
  echo = await startEcho();
});
afterAll(async () => await echo[Symbol.asyncDispose]());

function orderOf(order: Partial<FloodOrder>): FloodOrder {
  const phases = [
    { name: "calm", perSecond: 500, ms: 100 },
    { name: "more", perSecond: 5_000, ms: 100 },
  ];
  const patienceMs = Number.POSITIVE_INFINITY;
  return { address: echo.address, couponId: "1", first: 0, connections: 3, callsEach: 4, patienceMs, phases, ...order };
}

describe("a flood", () => {
  it("lets everybody of each phase ask, those of whom no connection has room when one has", async () => {
    const counts = await flood(orderOf({}));
    expect(counts.map(({ served, refused, gaveUp }) => ({ served, refused, gaveUp }))).toEqual([
      { served: 50, refused: 0, gaveUp: 0 },
      { served: 500, refused: 0, gaveUp: 0 },
    ]);
  });

  it("is over when all have come and given up, without having asked", async () => {
    const counts = await flood(orderOf({ patienceMs: -1 }));
    expect(counts.map(({ served, gaveUp }) => ({ served, gaveUp }))).toEqual([
      { served: 0, gaveUp: 50 },
      { served: 0, gaveUp: 500 },
    ]);
  });

  it("counts calls that end without a message as refused", async () => {
    const server = new Server();
    const port = await promisify(server.bindAsync.bind(server))("127.0.0.1:0", ServerCredentials.createInsecure());
    // It has no methods: whoever calls one gets a status.
    const counts = await flood(orderOf({ address: `127.0.0.1:${port}` }));
    server.forceShutdown();
    expect(counts.map(({ served, refused, gaveUp }) => ({ served, refused, gaveUp }))).toEqual([
      { served: 0, refused: 50, gaveUp: 0 },
      { served: 0, refused: 500, gaveUp: 0 },
    ]);
  });

  it("says so when there is nobody to ask", async () => {
    await expect(flood(orderOf({ address: "127.0.0.1:1" }))).rejects.toThrow("ECONNREFUSED");
  });
});
