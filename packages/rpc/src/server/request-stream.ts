import type { Readable } from "node:stream";
import { setImmediate as immediate } from "node:timers/promises";
import type { Message } from "@bufbuild/protobuf";
import { ObjectReader } from "../object-reader.ts";
import type { ServerCallContext } from "./call-context.ts";
import { goneError, type ServedMethod } from "./served-method.ts";

/**
 * The requests of a streaming call, decoded and validated one by one. May be read in parts: leaving a loop early and
 * starting another goes on where the first stopped. A peer that goes away makes the next read throw, so that half a
 * stream is never taken for a whole one.
 */
export class RequestStream implements AsyncIterable<Message> {
  readonly #reader: ObjectReader<Buffer>;
  readonly #method: ServedMethod;
  readonly #ctx: ServerCallContext;

  constructor(call: Readable, method: ServedMethod, ctx: ServerCallContext) {
    this.#reader = new ObjectReader(call);
    this.#method = method;
    this.#ctx = ctx;
    ctx.onGone(() => this.#reader.fail(goneError(ctx)));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Message, void, undefined> {
    for await (const bytes of this.#reader) yield this.#method.decode(bytes);
    // A stream that was reset ends like one that is complete, and only then says that it was reset.
    await immediate();
    if (this.#ctx.gone) throw goneError(this.#ctx);
  }
}
