import { once } from "node:events";
import { connect as connectHttp2, type IncomingHttpHeaders } from "node:http2";
import { toBinary, create } from "@bufbuild/protobuf";
import { IssueCouponRequestSchema, IssueCouponsRequestSchema } from "@firstcome/contracts/coupon";
import { describe, expect, it, onTestFinished } from "vitest";
import { coupons } from "./support/coupons.ts";
import { serve } from "./support/serve.ts";

const ask = toBinary(IssueCouponRequestSchema, create(IssueCouponRequestSchema, { couponId: "1", userId: "mina" }));
const askMany = toBinary(
  IssueCouponsRequestSchema,
  create(IssueCouponsRequestSchema, { batchId: 1, couponId: "1", userIds: ["mina"] }),
);

describe("the headers of an answer", () => {
  // A date, which Node adds, would show that grpc-js sends them by itself again: then it costs more, and nothing else has changed.
  it.each([
    ["one message", "IssueCoupon", ask],
    ["a stream", "IssueCoupons", askMany],
  ])("are those of gRPC and no more, before %s", async (_, method, message) => {
    const { headers, trailers } = await answerOf(method, message);
    expect(shown(headers)).toEqual({
      ":status": 200,
      "content-type": "application/grpc+proto",
      "grpc-encoding": "identity",
      "grpc-accept-encoding": "identity,deflate,gzip",
    });
    expect(shown(trailers)).toEqual({ "grpc-status": "0", "grpc-message": "OK" });
  });

  it("are sent with the status when there is no message, and say what is wrong", async () => {
    const { headers } = await answerOf("IssueCoupon", new Uint8Array([255]));
    expect(headers).toMatchObject({
      ":status": 200,
      "grpc-status": "3",
      "grpc-status-details-bin": expect.any(String),
    });
  });
});

/** Without what Node notes of them. */
function shown(headers: IncomingHttpHeaders): object {
  return Object.fromEntries(Object.entries(headers));
}

/** As they come on the wire: clients show less. */
async function answerOf(method: string, message: Uint8Array) {
  const server = await serve([
    coupons({
      issueCoupon: () => ({ outcome: 1, issueNo: 7 }),
      async issueCoupons(stream) {
        for await (const { batchId } of stream) stream.write({ batchId, outcomes: [1], issueNos: [7] });
      },
    }),
  ]);
  const session = connectHttp2(`http://${server.address}`);
  onTestFinished(() => session.destroy());
  const call = session.request({
    ":method": "POST",
    ":path": `/firstcome.coupon.v1.CouponService/${method}`,
    "content-type": "application/grpc",
    te: "trailers",
  });
  const frame = Buffer.alloc(5 + message.length);
  frame.writeUInt32BE(message.length, 1);
  frame.set(message, 5);
  call.end(frame);
  let trailers: IncomingHttpHeaders = {};
  call.on("trailers", (sent: IncomingHttpHeaders) => (trailers = sent));
  const [headers] = (await once(call, "response")) as [IncomingHttpHeaders];
  call.resume();
  if (!call.closed) await once(call, "close");
  return { headers, trailers };
}
