import { DispatchService, type AttachRequestSchema, type AttachResponseSchema } from "@firstcome/contracts/dispatch";
import type { MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { type ChannelOptions, type ClientDuplex, createClient, openChannel } from "@firstcome/rpc";

export type Conversation = ClientDuplex<
  MessageInitShape<typeof AttachRequestSchema>,
  MessageShape<typeof AttachResponseSchema>
>;

/** A conversation on a connection of its own. */
export interface Line {
  readonly conversation: Conversation;
  /** Ends both. */
  hangUp(): void;
}

/**
 * Calls a dispatcher. A session never inherits a connection that has died without a word, and a new one goes where the
 * name resolves to now.
 *
 * @throws RpcError UNAUTHENTICATED when there is no token to call with
 */
export function dial(address: string, options: ChannelOptions): Line {
  const channel = openChannel(address, { ...options, retry: false });
  try {
    const conversation = createClient(DispatchService, channel).attach();
    return {
      conversation,
      hangUp() {
        conversation.cancel();
        channel.close();
      },
    };
  } catch (error) {
    // Without a token there is no call, again and again.
    channel.close();
    throw error;
  }
}
