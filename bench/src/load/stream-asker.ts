import type { Asker, AskListener } from "./asker.ts";
import { GrpcConnection } from "./grpc-connection.ts";
import { ISSUE_COUPONS_PATH, largestBatch, readIssueCoupons, varintOf, writeIssueCoupons } from "./issue-messages.ts";
import { userIdOf } from "./user-ids.ts";

/** The contract's limit. */
export const MAX_BATCH = 1_000;

/** Asks by IssueCoupons: one stream on each connection, one message for all users of an ask. */
export async function openStreamAsker(
  { address, couponId, connections }: { address: string; couponId: string; connections: number },
  listener: AskListener,
  onFailure: (error: Error) => void,
): Promise<Asker> {
  const coupon = varintOf(couponId);
  const request = Buffer.alloc(largestBatch(MAX_BATCH));
  const unanswered = new Map<number, { connection: number; first: number; count: number }>();
  let lastId = 0;

  const take = (message: Buffer): void => {
    const { batchId, outcomes, issueNos } = readIssueCoupons(message);
    const batch = unanswered.get(batchId);
    if (batch === undefined) return;
    unanswered.delete(batchId);
    const { connection, first, count } = batch;
    // None when the batch was answered with an error: then nobody is told anything.
    for (const [i, outcome] of outcomes.entries()) listener.answered(first + i, outcome, issueNos[i] ?? 0);
    listener.settled(connection, first, count);
  };
  const opened = await Promise.all(
    Array.from({ length: connections }, () => GrpcConnection.open(address, ISSUE_COUPONS_PATH, onFailure)),
  );
  const ended = (): void => onFailure(new Error("the service ended the stream"));
  const senders = opened.map((connection) => connection.callStream({ onMessage: take, onEnd: ended }));
  return {
    ask(connection, first, count) {
      const userIds = Array.from({ length: count }, (_, i) => userIdOf(first + i));
      const batchId = ++lastId;
      unanswered.set(batchId, { connection, first, count });
      senders[connection]?.(request, writeIssueCoupons(request, batchId, coupon, userIds));
    },
    close() {
      for (const connection of opened) connection.close();
    },
  };
}
