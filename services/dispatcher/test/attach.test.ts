import { durationMs } from "@bufbuild/protobuf/wkt";
import { DispatchService } from "@firstcome/contracts/dispatch";
import { Code, createClient, openChannel, type RpcError } from "@firstcome/rpc";
import { testRedis } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import { HandOff } from "./hand-off.ts";
import { startTestDispatcher } from "./test-dispatcher.ts";
import { next } from "./test-worker.ts";

describe("Attach: Register", () => {
  it("answers with who the worker is from now on, the serial numbers growing over all dispatchers", async () => {
    const redis = testRedis();
    const one = await startTestDispatcher(redis, {
      DISPATCHER_ID: "one",
      DISPATCH_HEARTBEAT_MS: "1500",
      DISPATCH_DEADLINE_MS: "2500",
    });
    const two = await startTestDispatcher(redis, { DISPATCHER_ID: "two" });
    const workers = [await one.attach(), await two.attach(), await one.attach()];
    expect(workers.map(({ registered }) => [registered.dispatcherId, registered.serialNo])).toEqual([
      ["one", "1"],
      ["two", "2"],
      ["one", "3"],
    ]);
    expect(new Set(workers.map(({ registered }) => registered.workerId)).size).toBe(3);
    const { heartbeatInterval, deliveryDeadline } = workers[0]?.registered ?? {};
    expect([
      heartbeatInterval && durationMs(heartbeatInterval),
      deliveryDeadline && durationMs(deliveryDeadline),
    ]).toEqual([1_500, 2_500]);
  });

  it("must come first", async () => {
    const { address } = await startTestDispatcher(testRedis());
    using channel = openChannel(address);
    const stream = createClient(DispatchService, channel).attach();
    stream.write({ kind: { case: "heartbeat", value: {} } });
    await expect(next0(stream)).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT, reason: "NOT_REGISTERED" });
  });

  it("must come soon", async () => {
    const { address } = await startTestDispatcher(testRedis(), { DISPATCH_HEARTBEAT_MS: "20" });
    using channel = openChannel(address);
    const stream = createClient(DispatchService, channel).attach();
    await expect(next0(stream)).rejects.toMatchObject({ code: Code.DEADLINE_EXCEEDED, reason: "NOT_REGISTERED" });
  });

  it("must come once", async () => {
    const dispatcher = await startTestDispatcher(testRedis());
    const worker = await dispatcher.attach();
    worker.say({ kind: { case: "register", value: { name: "again", capacity: { maxBatches: 1, maxItems: 1 } } } });
    expect(await worker.ended).toMatchObject({ code: Code.INVALID_ARGUMENT, reason: "ALREADY_REGISTERED" });
  });

  it.each([
    ["a name", { name: "no spaces please", capacity: { maxBatches: 1, maxItems: 1 } }, "register.name"],
    ["a capacity", { name: "test" }, "register.capacity"],
  ])("must have %s as the contract wants it", async (_what, value, field) => {
    const { address } = await startTestDispatcher(testRedis());
    using channel = openChannel(address);
    const stream = createClient(DispatchService, channel).attach();
    stream.write({ kind: { case: "register", value } });
    const error: RpcError = await next0(stream).then(
      () => Promise.reject(new Error("no error")),
      (reason: RpcError) => reason,
    );
    expect(error).toMatchObject({ code: Code.INVALID_ARGUMENT, reason: "INVALID_ARGUMENT", violations: [{ field }] });
  });
});

describe("Attach: any message", () => {
  it("that breaks the contract's rules ends the stream, and what the worker had goes to another", async () => {
    const redis = testRedis();
    const handOff = new HandOff(redis);
    const dispatcher = await startTestDispatcher(redis);
    const worker = await dispatcher.attach({ maxBatches: 1 });
    const id = await handOff.accept();
    await worker.takeOne();
    worker.say({ kind: { case: "ack", value: { batchIds: [] } } });
    expect(await worker.ended).toMatchObject({ code: Code.INVALID_ARGUMENT });
    const other = await dispatcher.attach();
    expect(await other.takeOne()).toMatchObject({ batchId: id, attempt: 2 });
  });
});

describe("Attach: Heartbeat", () => {
  it("comes from the dispatcher when it has nothing else to say", async () => {
    const dispatcher = await startTestDispatcher(testRedis(), { DISPATCH_HEARTBEAT_MS: "20" });
    const worker = await dispatcher.attach();
    expect([await next(worker.heartbeats), await next(worker.heartbeats)]).toEqual([true, true]);
  });

  it("is missed three times: the stream ends and the batches go to another worker", async () => {
    const redis = testRedis();
    const handOff = new HandOff(redis);
    const dispatcher = await startTestDispatcher(redis, { DISPATCH_HEARTBEAT_MS: "100" });
    const silent = await dispatcher.attach({ silent: true });
    const id = await handOff.accept();
    await silent.takeOne();
    expect(await silent.ended).toMatchObject({ code: Code.DEADLINE_EXCEEDED, reason: "HEARTBEATS_MISSED" });
    const other = await dispatcher.attach();
    expect(await other.takeOne()).toMatchObject({ batchId: id, attempt: 2 });
  });
});

async function next0<T>(stream: AsyncIterable<T>): Promise<T | undefined> {
  for await (const response of stream) return response;
  return undefined;
}
