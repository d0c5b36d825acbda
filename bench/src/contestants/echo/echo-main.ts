// The limit of gRPC on Node: a bare grpc-js server that decodes the request of IssueCoupon(s) and answers at once, with an answer of
// the size of Firstcome's. No gate, no metrics, no checks, nothing else.
import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import {
  IssueCouponRequestSchema,
  IssueCouponResponseSchema,
  IssueCouponsRequestSchema,
  IssueCouponsResponseSchema,
  IssueOutcome,
} from "@firstcome/contracts/coupon";
import {
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { promisify } from "node:util";
import { obeyParent } from "../../children/obey-parent.ts";
import { ISSUE_COUPON_PATH, ISSUE_COUPONS_PATH } from "../../load/issue-messages.ts";

type Request = MessageShape<typeof IssueCouponRequestSchema>;
type Response = MessageInitShape<typeof IssueCouponResponseSchema>;
type BatchRequest = MessageShape<typeof IssueCouponsRequestSchema>;
type BatchResponse = MessageInitShape<typeof IssueCouponsResponseSchema>;

const server = new Server({ "grpc.max_concurrent_streams": 4_096 });
let issued = 0;

server.addService(
  {
    issueCoupon: methodOf(ISSUE_COUPON_PATH, IssueCouponRequestSchema, IssueCouponResponseSchema, false),
    issueCoupons: methodOf(ISSUE_COUPONS_PATH, IssueCouponsRequestSchema, IssueCouponsResponseSchema, true),
  },
  {
    issueCoupon(call: ServerUnaryCall<Request, Response>, answer: sendUnaryData<Response>) {
      answer(null, { outcome: IssueOutcome.ACCEPTED, issueNo: ++issued, acceptedAt: now() });
    },
    issueCoupons(stream: ServerDuplexStream<BatchRequest, BatchResponse>) {
      stream.on("data", ({ batchId, userIds }: BatchRequest) => {
        const outcomes = userIds.map(() => IssueOutcome.ACCEPTED);
        const issueNos = userIds.map(() => ++issued);
        stream.write({ batchId, outcomes, issueNos, decidedAt: now() });
      });
      stream.on("end", () => stream.end());
      stream.on("error", () => {});
    },
  },
);

await obeyParent(
  {
    /** Answers with its address. */
    async start() {
      const port = await promisify(server.bindAsync.bind(server))("127.0.0.1:0", ServerCredentials.createInsecure());
      return `127.0.0.1:${port}`;
    },
  },
  async () => server.forceShutdown(),
);

function now(): { seconds: bigint; nanos: number } {
  const ms = Date.now();
  return { seconds: BigInt(Math.floor(ms / 1_000)), nanos: (ms % 1_000) * 1_000_000 };
}

function methodOf<I extends DescMessage, O extends DescMessage>(
  path: string,
  input: I,
  output: O,
  streamed: boolean,
): MethodDefinition<MessageShape<I>, MessageInitShape<O>> {
  const encode = (value: MessageInitShape<O>): Buffer => {
    const { buffer, byteOffset, byteLength } = toBinary(output, create(output, value));
    return Buffer.from(buffer, byteOffset, byteLength);
  };
  return {
    path,
    requestStream: streamed,
    responseStream: streamed,
    requestDeserialize: (bytes) => fromBinary(input, bytes),
    responseSerialize: encode,
    // Of a client, which this is not.
    requestSerialize: unused,
    responseDeserialize: unused,
  };
}

function unused(): never {
  throw new Error("this is a server");
}
