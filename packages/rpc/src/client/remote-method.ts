import type { DescMessage, DescMethod, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { codecOf } from "../codec/message-codec.ts";

export type Request = MessageInitShape<DescMessage>;
export type Response = MessageShape<DescMessage>;

/** A method as grpc-js wants it. */
export interface RemoteMethod {
  /** "/firstcome.coupon.v1.CouponService/IssueCoupon" */
  readonly path: string;
  readonly serialize: (request: Request) => Buffer;
  readonly deserialize: (bytes: Buffer) => Response;
}

export function remoteMethod(descriptor: DescMethod): RemoteMethod {
  return {
    path: `/${descriptor.parent.typeName}/${descriptor.name}`,
    serialize: codecOf(descriptor.input).encode,
    deserialize: codecOf(descriptor.output).decode,
  };
}
