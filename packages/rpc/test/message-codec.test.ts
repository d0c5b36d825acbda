import { create, type DescMessage, fromBinary, toBinary } from "@bufbuild/protobuf";
import { CouponAdminService, CouponService } from "@firstcome/contracts/coupon";
import { DispatchService } from "@firstcome/contracts/dispatch";
import { OrderService } from "@firstcome/contracts/order";
import { RankingService } from "@firstcome/contracts/ranking";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileReader } from "../src/codec/compile-reader.ts";
import { compileWriter } from "../src/codec/compile-writer.ts";
import { codecOf } from "../src/codec/message-codec.ts";
import { anyInit } from "./support/any-message.ts";
import { everyKind } from "./support/every-kind.ts";

const services = [CouponService, CouponAdminService, DispatchService, OrderService, RankingService];
const schemas = [
  everyKind,
  ...new Set(services.flatMap(({ methods }) => methods.flatMap(({ input, output }) => [input, output]))),
];

describe.each(schemas.map((schema) => [schema.typeName, schema] as const))("the codec of %s", (_, schema) => {
  const { encode, decode } = codecOf(schema);

  it("writes what protobuf-es writes, of messages and of what inits them", () => {
    fc.assert(
      fc.property(anyInit(schema), (init) => {
        const message = create(schema, init);
        const bytes = Buffer.from(toBinary(schema, message));
        expect(encode(init)).toEqual(bytes);
        expect(encode(message)).toEqual(bytes);
      }),
      { numRuns: 60 },
    );
  });

  it("reads what protobuf-es reads, broken or in two parts, and nothing else", () => {
    fc.assert(
      fc.property(anyInit(schema), anyInit(schema), fc.array(damage, { maxLength: 3 }), (init, more, damages) => {
        const whole = Uint8Array.from([
          ...toBinary(schema, create(schema, init)),
          ...toBinary(schema, create(schema, more)),
        ]);
        const bytes = damages.reduce<Uint8Array>((sound, damaged) => damaged(sound), whole);
        expect(readWith(decode, bytes)).toEqual(readWith((all) => fromBinary(schema, all), bytes));
      }),
      { numRuns: 150 },
    );
  });
});

describe("what the hot methods send and get", () => {
  const { issueCoupon, issueCoupons } = CouponService.method;
  const { attach } = DispatchService.method;
  const methods = [issueCoupon, issueCoupons, attach];
  it.each(methods.flatMap(({ input, output }): DescMessage[] => [input, output]))("is simple: $typeName", (schema) => {
    expect(compileReader(schema)?.(toBinary(schema, create(schema)))).toEqual(create(schema));
    expect(compileWriter(schema)?.({})).toEqual(Buffer.alloc(0));
  });
});

/** Breaks a message's bytes in one of the ways in which they come broken, or come from a newer peer. */
const damage: fc.Arbitrary<(bytes: Uint8Array) => Uint8Array> = fc.oneof(
  fc.nat().map((at) => (bytes: Uint8Array) => bytes.slice(0, at % (bytes.length + 1))),
  fc.tuple(fc.nat(), fc.nat(255)).map(([at, byte]) => (bytes: Uint8Array) => {
    const changed = Uint8Array.from(bytes);
    if (changed.length > 0) changed[at % changed.length] = byte;
    return changed;
  }),
  fc.uint8Array({ maxLength: 12 }).map((more) => (bytes: Uint8Array) => Uint8Array.from([...bytes, ...more])),
);

function readWith(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): unknown {
  try {
    return decode(bytes);
  } catch {
    return "BROKEN";
  }
}
