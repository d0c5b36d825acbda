import type { Asker, AskListener } from "./asker.ts";
import { GrpcConnection } from "./grpc-connection.ts";
import { ISSUE_COUPON_PATH, readIssueCoupon, varintOf, writeIssueCoupon } from "./issue-messages.ts";
import { userIdOf } from "./user-ids.ts";

/** Asks by IssueCoupon, one call for each user. */
export async function openUnaryAsker(
  { address, couponId, connections }: { address: string; couponId: string; connections: number },
  listener: AskListener,
  onFailure: (error: Error) => void,
): Promise<Asker> {
  const opened = await Promise.all(
    Array.from({ length: connections }, () => GrpcConnection.open(address, ISSUE_COUPON_PATH, onFailure)),
  );
  const coupon = varintOf(couponId);
  const request = Buffer.alloc(128);

  const askOne = (connection: number, user: number): void => {
    const length = writeIssueCoupon(request, coupon, userIdOf(user));
    opened[connection]?.callUnary(request, length, {
      onMessage: (message) => readIssueCoupon(message, (outcome, issueNo) => listener.answered(user, outcome, issueNo)),
      onEnd: () => listener.settled(connection, user, 1),
    });
  };
  return {
    ask(connection, first, count) {
      for (let user = first; user < first + count; user++) askOne(connection, user);
    },
    close() {
      for (const connection of opened) connection.close();
    },
  };
}
