import { type ChannelModel, connect } from "amqplib";
import type { PeerEnv } from "../peer.ts";

/** A queue that survives what a quorum survives: each message is on the nodes' disks before it is confirmed. */
const QUORUM = { durable: true, arguments: { "x-queue-type": "quorum" } };

export function queueNameOf(couponId: string): string {
  return `issue-coupon-${couponId}`;
}

/** Without `noDelay` a message waits up to 40 ms for the acknowledgement of the packet before it. */
export async function connectRabbitmq({ amqpUrl }: Pick<PeerEnv, "amqpUrl">): Promise<ChannelModel> {
  const connection = await connect(amqpUrl, { noDelay: true });
  // What was under way fails with it; this is only so that it does not end the process.
  connection.on("error", () => {});
  return connection;
}

/** An empty queue for the coupon. */
export async function makeIssueQueue(env: PeerEnv): Promise<void> {
  const connection = await connectRabbitmq(env);
  try {
    const channel = await connection.createChannel();
    await channel.deleteQueue(queueNameOf(env.couponId));
    await channel.assertQueue(queueNameOf(env.couponId), QUORUM);
  } finally {
    await connection.close();
  }
}
