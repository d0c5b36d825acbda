import type { ConfirmChannel } from "amqplib";

/** Resolves when the broker has confirmed that the message is safe. @throws when it has refused it, or the channel is gone */
export function publishConfirmed(channel: ConfirmChannel, queue: string, body: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  channel.sendToQueue(queue, Buffer.from(body), { persistent: true }, (error: unknown) => {
    if (error === null || error === undefined) resolve();
    else reject(error instanceof Error ? error : new Error("the broker did not take the message"));
  });
  return promise;
}
