import { type sendUnaryData, Server, ServerCredentials, status } from "@grpc/grpc-js";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEcho } from "../../src/contestants/echo/echo.ts";
import type { Front } from "../../src/contestants/front.ts";
import { ISSUE_COUPON_PATH } from "../../src/load/issue-messages.ts";
import { flood, type FloodDone, type FloodOrder } from "../../src/overload/flood.ts";

/** Every character that a header may hold as it is but the backslash, and one that it may not. */
const WORDS = `${String.fromCharCode(...Array.from({ length: 94 }, (_, i) => 0x20 + i)).replace("\\", "")}: 선착순`;

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
    const { counts, told } = await flood(orderOf({}));
    expect(new Set(told.map(({ userId }) => userId)).size).toBe(550);
    expect(new Set(told.map(({ issueNo }) => issueNo)).size).toBe(550);
    expect(counts.map(({ served, refused, gaveUp }) => ({ served, refused, gaveUp }))).toEqual([
      { served: 50, refused: 0, gaveUp: 0 },
      { served: 500, refused: 0, gaveUp: 0 },
    ]);
  });

  it("is over when all have come and given up, without having asked", async () => {
    const { counts } = await flood(orderOf({ patienceMs: -1 }));
    expect(counts.map(({ served, gaveUp }) => ({ served, gaveUp }))).toEqual([
      { served: 0, gaveUp: 50 },
      { served: 0, gaveUp: 500 },
    ]);
  });

  it("counts as refused who is told RESOURCE_EXHAUSTED, and by its status what else a call ends with", async () => {
    const server = new Server();
    const ends = [status.RESOURCE_EXHAUSTED, status.UNAVAILABLE];
    let calls = 0;
    server.addService(issueCoupon, {
      issueCoupon: (_: unknown, answer: sendUnaryData<Buffer>) =>
        answer({ code: ends[calls++ % 2] ?? status.UNKNOWN, details: WORDS }),
    });
    const { counts, told } = await floodAt(server);
    expect(told).toEqual([]);
    expect(counts.map(({ served, refused, failed }) => ({ served, refused, failed }))).toEqual([
      { served: 0, refused: 25, failed: { [`UNAVAILABLE: ${WORDS}`]: 25 } },
      { served: 0, refused: 250, failed: { [`UNAVAILABLE: ${WORDS}`]: 250 } },
    ]);
  });

  it("takes a server without the method, and an answer that says nothing, for what they are", async () => {
    const nothing = new Server();
    expect((await floodAt(nothing)).counts[0]).toMatchObject({
      refused: 0,
      failed: { [`UNIMPLEMENTED: The server does not implement the method ${ISSUE_COUPON_PATH}`]: 50 },
    });
    const empty = new Server();
    empty.addService(issueCoupon, {
      issueCoupon: (_: unknown, answer: sendUnaryData<Buffer>) => answer(null, Buffer.alloc(0)),
    });
    expect((await floodAt(empty)).counts[0]).toMatchObject({ served: 0, failed: { "OK and no answer": 50 } });
  });

  it("says so when there is nobody to ask", async () => {
    await expect(flood(orderOf({ address: "127.0.0.1:1" }))).rejects.toThrow("ECONNREFUSED");
  });
});

async function floodAt(server: Server): Promise<FloodDone> {
  const port = await promisify(server.bindAsync.bind(server))("127.0.0.1:0", ServerCredentials.createInsecure());
  try {
    return await flood(orderOf({ address: `127.0.0.1:${port}` }));
  } finally {
    server.forceShutdown();
  }
}

const asItIs = (bytes: Buffer): Buffer => bytes;
const issueCoupon = {
  issueCoupon: {
    path: ISSUE_COUPON_PATH,
    requestStream: false,
    responseStream: false,
    requestSerialize: asItIs,
    requestDeserialize: asItIs,
    responseSerialize: asItIs,
    responseDeserialize: asItIs,
  },
} as const;
