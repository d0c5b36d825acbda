import type { DescMethod } from "@bufbuild/protobuf";
import fc from "fast-check";
import { answersMany, pathOf } from "./every-method.ts";
import { messageBytes } from "./message-bytes.ts";
import { framed, type RawCall } from "./raw-caller.ts";

/** Calls of a method that no client of ours would send, and some that one would. */
export function badCalls(method: DescMethod): fc.Arbitrary<RawCall> {
  const message = messageBytes(method.input);
  const streams = method.methodKind === "client_streaming" || method.methodKind === "bidi_streaming";
  const messages = streams
    ? fc.oneof(fc.tuple(message), fc.array(message, { maxLength: 4 }))
    : fc.oneof({ arbitrary: fc.tuple(message), weight: 20 }, fc.array(message, { maxLength: 3 }));
  const frames = messages.map((all) => Buffer.concat(all.map((one) => framed(one))));
  return fc.record({
    path: fc.constant(pathOf(method)),
    headers: fc.oneof({ arbitrary: fc.constant({}), weight: 6 }, headers),
    chunks: fc.oneof(
      { arbitrary: frames.map((one) => [one]), weight: 6 },
      { arbitrary: mangled(frames), weight: 2 },
      liedAbout(message),
    ),
    ending: fc.oneof({ arbitrary: fc.constant("half-close" as const), weight: 12 }, fc.constant("reset" as const)),
    answersMany: fc.constant(answersMany(method)),
  });
}

/** Bytes flipped, cut out, doubled or cut off, and sent in pieces. */
function mangled(frames: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array[]> {
  const change = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    kind: fc.constantFrom("flip" as const, "cut" as const, "double" as const, "end" as const),
    byte: fc.nat(255),
  });
  return fc
    .tuple(frames, fc.array(change, { minLength: 1, maxLength: 5 }), fc.nat(3))
    .map(([bytes, changes, pieces]) => {
      const changed = changes.reduce<Uint8Array>((before, { at, kind, byte }) => {
        const i = Math.floor(at * before.length);
        if (kind === "flip") return Buffer.concat([before.subarray(0, i), Uint8Array.of(byte), before.subarray(i + 1)]);
        if (kind === "cut") return Buffer.concat([before.subarray(0, i), before.subarray(i + 1 + (byte % 8))]);
        if (kind === "double") return Buffer.concat([before.subarray(0, i), before.subarray(Math.max(0, i - byte))]);
        return before.subarray(0, i);
      }, bytes);
      const size = Math.max(1, Math.ceil(changed.length / (pieces + 1)));
      return Array.from({ length: Math.ceil(changed.length / size) }, (_, i) =>
        changed.subarray(i * size, (i + 1) * size),
      );
    });
}

/** A frame that says "compressed" and is not, or another length than it has. */
function liedAbout(message: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array[]> {
  const lie = fc.record({
    flag: fc.constantFrom(0, 1, 2, 255),
    length: fc.constantFrom(0, 1, 100, 4 * 1024 * 1024, 4 * 1024 * 1024 + 1, 2 ** 31, 2 ** 32 - 1),
  });
  return fc.tuple(message, lie).map(([bytes, { flag, length }]) => [framed(bytes, { flag, length })]);
}

/** Metadata of all kinds; none that HTTP/2 itself forbids, which never leaves the client. */
const headers: fc.Arbitrary<Record<string, string | string[]>> = fc.oneof(
  fc.constantFrom<Record<string, string | string[]>>(
    { "grpc-timeout": "soon" },
    { "grpc-timeout": "-1S" },
    { "grpc-timeout": "99999999H" },
    { "grpc-timeout": "0n" },
    { "grpc-timeout": "9".repeat(40) },
    { "grpc-encoding": "gzip" },
    { "grpc-encoding": "deflate" },
    { "grpc-encoding": "brotli,%00" },
    { "grpc-accept-encoding": "x".repeat(500) },
    { "content-type": "application/grpc+json" },
    { "content-type": "application/grpc-web" },
    { "x-request-id": "r".repeat(4_000) },
    { "x-request-id": "a%0d%0alevel=fatal" },
    { authorization: "Bearer " },
    { authorization: "Bearer a.b.c" },
    { traceparent: "00-zz-zz-zz" },
    { "x-bin": "AA==" },
    { "odd-bin": "*no base64*" },
    { "grpc-status": "0" },
    { "user-agent": "x".repeat(8_000) },
  ),
  fc
    .dictionary(fc.stringMatching(/^x-[a-z0-9._-]{0,40}$/), fc.stringMatching(/^[ -~]{0,200}$/), { maxKeys: 20 })
    .map((all) => ({ ...all })),
);
