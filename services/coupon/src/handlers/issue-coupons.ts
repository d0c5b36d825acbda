import type { MessageInitShape } from "@bufbuild/protobuf";
import type { CouponService, IssueCouponsRequest, IssueCouponsResponseSchema } from "@firstcome/contracts/coupon";
import { type CallContext, Code, type Handler, type Reason, RpcError } from "@firstcome/rpc";
import type { Clock } from "@firstcome/runtime";
import { issueCoupons as issue, type IssueDeps } from "../domain/issue-coupon.ts";
import { toStatus } from "./answering.ts";
import { batchErrorMessage, batchMessage } from "./decision-message.ts";
import { couponNotFound } from "./refusals.ts";
import { UnderWay } from "./under-way.ts";
import { untilDraining } from "./until-draining.ts";

export interface BatchDeps extends IssueDeps {
  readonly clock: Clock;
  /** Told of every batch whose answer is an error. The call goes on and ends with OK: nobody else counts it. */
  readonly onBatchFailed: (reason: Reason) => void;
}

/**
 * Users of one stream that may wait for the gate at once: a few of its own batches, so that it always finds the next one
 * gathered. Beyond that the stream is not read, which holds its sender back instead of filling the gate's queue.
 */
const MAX_UNDER_WAY = 4_000;

/** A message that breaks the contract's rules ends the stream, after the batches before it are answered. */
export function issueCoupons(app: BatchDeps): Handler<typeof CouponService, "issueCoupons"> {
  return async (stream, ctx) => {
    const underWay = new UnderWay(MAX_UNDER_WAY);
    try {
      for await (const batch of untilDraining(stream, ctx.draining)) {
        underWay.start(batch.userIds.length, async () => {
          if (!stream.write(await answer(app, batch, ctx, () => stream.open))) await stream.drained();
        });
        await underWay.room();
      }
    } finally {
      await underWay.finished();
    }
  };
}

/** Never throws: what goes wrong with a batch is its answer. */
async function answer(
  app: BatchDeps,
  { batchId, couponId, userIds }: IssueCouponsRequest,
  ctx: CallContext,
  isAwaited: () => boolean,
): Promise<MessageInitShape<typeof IssueCouponsResponseSchema>> {
  const refuse = (error: RpcError): MessageInitShape<typeof IssueCouponsResponseSchema> => {
    app.onBatchFailed(error.reason);
    return batchErrorMessage(batchId, error);
  };
  try {
    const decisions = await issue(app, couponId, userIds, { isAwaited });
    if (decisions === "UNKNOWN_COUPON") return refuse(couponNotFound(couponId));
    return batchMessage(batchId, decisions, app.clock.now());
  } catch (error) {
    const status = toStatus(error);
    if (status instanceof RpcError) return refuse(status);
    ctx.log.error({ err: error, couponId }, "a batch failed");
    return refuse(new RpcError(Code.INTERNAL, "INTERNAL", "internal error"));
  }
}
