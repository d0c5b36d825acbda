import { createServer } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import { CouponService } from "@firstcome/contracts/coupon";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { anyIs } from "@bufbuild/protobuf/wkt";
import { ErrorInfoSchema, RetryInfoSchema, StatusSchema } from "@firstcome/contracts/errors";
import { createLogger } from "@firstcome/runtime";
import {
  Client,
  credentials,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServiceError,
} from "@grpc/grpc-js";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  type Client as ServiceClient,
  Code,
  createClient,
  invalidArgument,
  notFound,
  openChannel,
  resourceExhausted,
  RpcError,
} from "../src/index.ts";
import { coupons } from "./support/coupons.ts";
import { connect, failureOf, open, serve } from "./support/serve.ts";

const request = { couponId: "1", userId: "mina" };

describe("an RpcError that a handler throws", () => {
  it.each([
    notFound("COUPON_NOT_FOUND", "no coupon 42", { coupon_id: "42" }),
    resourceExhausted("GATE_QUEUE_FULL", "try later", 1_500),
    invalidArgument([
      { field: "user_ids[3]", description: "no such user", rule: "user.known" },
      { field: "quantity", description: "odd" },
    ]),
    new RpcError(Code.FAILED_PRECONDITION, "USER_COUPON_USED", "쓴 쿠폰 100 %"),
  ])("reaches the client whole: $reason", async (thrown) => {
    const client = await connect(CouponService, coupons({ issueCoupon: () => Promise.reject(thrown) }));
    const { code, reason, message, metadata, violations, retryAfterMs } = thrown;
    const received = await failureOf(client.issueCoupon(request));
    expect(received).toBeInstanceOf(RpcError);
    expect(received).toMatchObject({ code, reason, message, metadata, violations, retryAfterMs });
  });

  it("carries the standard details of gRPC for clients in any language", async () => {
    const server = await serve([
      coupons({ issueCoupon: () => Promise.reject(resourceExhausted("GATE_QUEUE_FULL", "try later", 1_500)) }),
    ]);
    const plain = new Client(server.address, credentials.createInsecure());
    onTestFinished(() => plain.close());
    const error = await new Promise<ServiceError>((resolve, reject) => {
      const empty = (): Buffer => Buffer.from([8, 1, 18, 4, ...Buffer.from("mina")]);
      plain.makeUnaryRequest(
        `/${CouponService.typeName}/IssueCoupon`,
        empty,
        (bytes) => bytes,
        null,
        (failure) => (failure ? resolve(failure) : reject(new Error("the call succeeded"))),
      );
    });
    expect(error).toMatchObject({ code: Code.RESOURCE_EXHAUSTED, details: "try later" });
    expect(error.metadata.get("grpc-retry-pushback-ms")).toEqual(["-1"]);
    const [bytes] = error.metadata.get("grpc-status-details-bin");
    const status = fromBinary(StatusSchema, bytes as Buffer);
    expect(status).toMatchObject({ code: Code.RESOURCE_EXHAUSTED, message: "try later" });
    expect(status.details.map((any) => any.typeUrl)).toEqual([
      "type.googleapis.com/google.rpc.ErrorInfo",
      "type.googleapis.com/google.rpc.RetryInfo",
    ]);
    const [info, retry] = status.details;
    expect(info && anyIs(info, ErrorInfoSchema) && fromBinary(ErrorInfoSchema, info.value)).toMatchObject({
      domain: "firstcome",
      reason: "GATE_QUEUE_FULL",
    });
    expect(retry && fromBinary(RetryInfoSchema, retry.value).retryDelay).toMatchObject({
      seconds: 1n,
      nanos: 500_000_000,
    });
  });

  it("keeps its cause to itself", async () => {
    const cause = new Error("SELECT * FROM secrets");
    const client = await connect(
      CouponService,
      coupons({ issueCoupon: () => Promise.reject(new RpcError(Code.UNAVAILABLE, "MYSQL_AWAY", "later", { cause })) }),
    );
    const received = await failureOf(client.issueCoupon(request));
    expect(received).toMatchObject({ reason: "MYSQL_AWAY", message: "later" });
    expect((received as RpcError).cause).toBeUndefined();
  });
});

describe("anything else that a handler throws", () => {
  it("becomes INTERNAL without a word of what it was, which the log has", async () => {
    const lines: string[] = [];
    const log = createLogger({ name: "test", destination: { write: (line) => void lines.push(line) } });
    const server = await serve(
      [coupons({ issueCoupon: () => Promise.reject(new Error("ER_NO_SUCH_TABLE: user_coupon")) })],
      { log },
    );
    const received = await failureOf(createClient(CouponService, open(server)).issueCoupon(request));
    expect(received).toMatchObject({
      code: Code.INTERNAL,
      reason: "INTERNAL",
      message: "internal error",
      metadata: {},
    });
    expect(lines.map((line) => JSON.parse(line) as Record<string, unknown>)).toMatchObject([
      {
        level: "error",
        msg: "a handler threw",
        method: "firstcome.coupon.v1.CouponService/IssueCoupon",
        err: { message: "ER_NO_SUCH_TABLE: user_coupon" },
      },
    ]);
  });

  it("is the same for a throw before the first await, and for an answer that cannot be encoded", async () => {
    const client = await connect(
      CouponService,
      coupons({
        issueCoupon() {
          throw new TypeError("x is undefined");
        },
        getUserCoupon: async () => ({ userCoupon: { issueNo: -1 } }),
      }),
    );
    const internal = { code: Code.INTERNAL, reason: "INTERNAL", message: "internal error" };
    expect(await failureOf(client.issueCoupon(request))).toMatchObject(internal);
    expect(await failureOf(client.getUserCoupon(request))).toMatchObject(internal);
  });
});

describe("a request that breaks the rules of its proto", () => {
  it("is refused with every bad field, and never reaches the handler", async () => {
    let runs = 0;
    const client = await connect(
      CouponService,
      coupons({
        async issueCoupon() {
          runs += 1;
          return {};
        },
      }),
    );
    const error = await failureOf(client.issueCoupon({ couponId: "0", userId: "no spaces" }));
    expect(error).toMatchObject({
      code: Code.INVALID_ARGUMENT,
      reason: "INVALID_ARGUMENT",
      violations: [
        { field: "coupon_id", rule: "int64.gt" },
        { field: "user_id", rule: "string.pattern" },
      ],
    });
    expect(runs).toBe(0);
  });

  it("ends a stream at the message that does", async () => {
    const got: number[] = [];
    const client = await connect(
      CouponService,
      coupons({
        async issueCoupons(stream) {
          for await (const { batchId } of stream) got.push(batchId);
        },
      }),
    );
    const stream = client.issueCoupons();
    stream.write({ batchId: 1, couponId: "1", userIds: ["mina"] });
    stream.write({ batchId: 2, couponId: "1", userIds: ["mina", "no spaces"] });
    stream.write({ batchId: 3, couponId: "1", userIds: ["mina"] });
    const error = await failureOf(stream[Symbol.asyncIterator]().next());
    expect(error).toMatchObject({ code: Code.INVALID_ARGUMENT, violations: [{ field: "user_ids[1]" }] });
    expect(got).toEqual([1]);
  });

  it("is refused when it is no message at all", async () => {
    const server = await serve([coupons({})]);
    const plain = new Client(server.address, credentials.createInsecure());
    onTestFinished(() => plain.close());
    const code = await new Promise((resolve) => {
      plain.makeUnaryRequest(
        `/${CouponService.typeName}/IssueCoupon`,
        () => Buffer.from([0xff, 0xff, 0xff]),
        (bytes) => bytes,
        null,
        (failure) => resolve(failure?.code),
      );
    });
    expect(code).toBe(Code.INVALID_ARGUMENT);
  });
});

describe("what gRPC refuses by itself", () => {
  it("has a reason of ours too", async () => {
    const client = createClient(CouponService, open(await serve([])));
    expect(await failureOf(client.issueCoupon(request))).toMatchObject({
      code: Code.UNIMPLEMENTED,
      reason: "METHOD_NOT_FOUND",
    });
  });
});

describe("an answer that would not fit", () => {
  it("is cut to what every client reads, and to what can be encoded", async () => {
    const long = `선착순 \ud83d${"😀".repeat(50_000)}`;
    const violations = Array.from({ length: 5_000 }, () => ({ field: long, description: long }));
    const client = await connect(
      CouponService,
      coupons({
        async issueCoupon({ userId }) {
          if (userId === "lists") throw invalidArgument(violations);
          throw notFound("NOT_FOUND", long, { fact: long });
        },
      }),
    );
    const told = await failureOf(client.issueCoupon(request));
    expect(told).toMatchObject({ code: Code.NOT_FOUND, reason: "NOT_FOUND" });
    expect((told as RpcError).message.length).toBeLessThan(1_000);
    const listed = await failureOf(client.issueCoupon({ ...request, userId: "lists" }));
    expect(listed).toMatchObject({ code: Code.INVALID_ARGUMENT, violations: { length: 10 } });
  });
});

describe("the error of a server of another make", () => {
  it("has the name of its code as reason", async () => {
    const client = await connectTo(new Server());
    expect(await failureOf(client.issueCoupon(request))).toMatchObject({
      code: Code.UNIMPLEMENTED,
      reason: "UNIMPLEMENTED",
      violations: [],
    });
  });

  const typeUrl = `type.googleapis.com/${ErrorInfoSchema.typeName}`;
  const brokenInfo = create(StatusSchema, { details: [{ typeUrl, value: Uint8Array.of(0x0a, 0x7f) }] });
  it.each([
    ["are no message", Uint8Array.of(0xff)],
    ["are not what they say they are", toBinary(StatusSchema, brokenInfo)],
  ])("counts without its details when they %s", async (_, details) => {
    const metadata = new Metadata();
    metadata.set("grpc-status-details-bin", Buffer.from(details));
    const server = new Server();
    const same = (bytes: Buffer): Buffer => bytes;
    const fail: handleUnaryCall<Buffer, Buffer> = (_call, callback) =>
      callback({ code: Code.NOT_FOUND, details: "nowhere", metadata });
    server.register(`/${CouponService.typeName}/IssueCoupon`, fail, same, same, "unary");
    const client = await connectTo(server);
    expect(await failureOf(client.issueCoupon(request))).toMatchObject({
      code: Code.NOT_FOUND,
      reason: "NOT_FOUND",
      message: "nowhere",
    });
  });
});

describe("a connection that is reset after it was asked to go", () => {
  it("was lost, like one that was not asked", async () => {
    const server = createServer();
    onTestFinished(() => void server.close());
    const sockets: Socket[] = [];
    server.on("connection", (socket: Socket) => sockets.push(socket));
    server.on("stream", ({ session }) => {
      session?.goaway();
      // Answered by a peer that has read what was sent before.
      session?.ping(() => sockets[0]?.resetAndDestroy());
    });
    server.on("sessionError", () => undefined);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const channel = openChannel(`127.0.0.1:${(server.address() as AddressInfo).port}`, { retry: false });
    onTestFinished(() => channel.close());

    expect(await failureOf(createClient(CouponService, channel).issueCoupon(request))).toMatchObject({
      code: Code.UNAVAILABLE,
      reason: "UNAVAILABLE",
    });
  });
});

async function connectTo(server: Server): Promise<ServiceClient<typeof CouponService>> {
  const port = await new Promise<number>((resolve, reject) => {
    const insecure = ServerCredentials.createInsecure();
    server.bindAsync("127.0.0.1:0", insecure, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  onTestFinished(() => server.forceShutdown());
  const channel = openChannel(`127.0.0.1:${port}`, { retry: false });
  onTestFinished(() => channel.close());
  return createClient(CouponService, channel);
}
