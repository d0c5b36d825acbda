import { DispatchService, type AttachRequestSchema, type AttachResponseSchema } from "@firstcome/contracts/dispatch";
import type { MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { type ChannelOptions, type ClientDuplex, createClient, openChannel } from "@firstcome/rpc";

export type Conversation = ClientDuplex<
  MessageInitShape<typeof AttachRequestSchema>,
  MessageShape<typeof AttachResponseSchema>
>;

/**
 * Opens a conversation on a connection of its own, which ends with it. So a session never inherits a connection that
 * has died without a word, and a new one goes where the name resolves to now.
 */
export function dial(address: string, options: ChannelOptions): Conversation {
  const channel = openChannel(address, { ...options, retry: false });
  const conversation = createClient(DispatchService, channel).attach();
  void conversation.closed.then(() => channel.close());
  return conversation;
}
