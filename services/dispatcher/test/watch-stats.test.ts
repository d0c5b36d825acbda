import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { WatchStatsRequestSchema, WatchStatsResponseSchema } from "@firstcome/contracts/dispatch";
import { DeafReader, testRedis } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { HandOff } from "./hand-off.ts";
import { startTestDispatcher } from "./test-dispatcher.ts";

const PATH = "/firstcome.dispatch.v1.DispatchAdminService/WatchStats";
const interval = durationFromMs(100);
/** More than what a stream holds that nobody reads, by far. */
const MESSAGES = 50;

describe("WatchStats", () => {
  it("makes no messages for a reader who does not read, and then tells how things are by then", async () => {
    const redis = testRedis();
    const dispatcher = await startTestDispatcher(redis);
    const request = toBinary(WatchStatsRequestSchema, create(WatchStatsRequestSchema, { interval }));
    const deaf = await DeafReader.call(dispatcher.address, PATH, request);
    const hearing = dispatcher.admin.watchStats({ interval })[Symbol.asyncIterator]();
    for (let seen = 0; seen < MESSAGES; seen += 1) await hearing.next();
    await hearing.return?.();
    await new HandOff(redis).acceptMany(1, { size: 1 });

    let stale = 0;
    for await (const message of deaf.listen()) {
      if (fromBinary(WatchStatsResponseSchema, message).stats?.backlogBatches === 1n) break;
      stale += 1;
    }
    expect(stale).toBeGreaterThan(0);
    expect(stale).toBeLessThan(MESSAGES / 2);
  });
});
