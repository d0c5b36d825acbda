import {
  create,
  type DescMessage,
  fromBinary,
  isMessage,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";

/** Messages of one type to bytes and back. Encodes both finished messages and the plain objects that init one. */
export interface MessageCodec<D extends DescMessage> {
  readonly encode: (message: MessageInitShape<D>) => Buffer;
  readonly decode: (bytes: Uint8Array) => MessageShape<D>;
}

export function codecOf<D extends DescMessage>(schema: D): MessageCodec<D> {
  return {
    encode(message) {
      const bytes = toBinary(schema, isMessage(message, schema) ? message : create(schema, message));
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    decode: (bytes) => fromBinary(schema, bytes),
  };
}
