import { CouponAdminService, CouponService } from "@firstcome/contracts/coupon";
import { DispatchAdminService } from "@firstcome/contracts/dispatch";
import { type Channel, type ChannelOptions, type Client, createClient, openChannel } from "@firstcome/rpc";

export interface FirstcomeClientOptions extends ChannelOptions {
  /** The coupon service, as "host:port". */
  coupon: string;
  /** A dispatcher, as "host:port"; each answers for itself in what it says of workers. */
  dispatch: string;
}

/**
 * Every Firstcome service that speaks gRPC to others, as typed functions. A unary call gives a promise, a streaming one
 * an async iterable; whatever fails, fails with an `RpcError` that has a stable `reason`. What the services promise,
 * and which errors they give, is said in the contracts.
 */
export interface FirstcomeClient extends Disposable {
  readonly coupons: Client<typeof CouponService>;
  readonly couponAdmin: Client<typeof CouponAdminService>;
  readonly dispatchAdmin: Client<typeof DispatchAdminService>;
  /** Ends the connections; calls under way end with CANCELLED or UNAVAILABLE. */
  close(): void;
}

/**
 * Opens one connection for each address, at the first call. Clients of services at the same address share it.
 *
 * ```ts
 * using client = createFirstcomeClient({ coupon: "127.0.0.1:50051", dispatch: "127.0.0.1:50054" });
 * const { outcome, issueNo } = await client.coupons.issueCoupon({ couponId: "1", userId: "ann" });
 * ```
 */
export function createFirstcomeClient(options: FirstcomeClientOptions): FirstcomeClient {
  const { coupon, dispatch, ...channelOptions } = options;
  const channels = new Map<string, Channel>();
  const channelTo = (address: string): Channel => {
    const channel = channels.get(address) ?? openChannel(address, channelOptions);
    channels.set(address, channel);
    return channel;
  };
  const close = (): void => {
    for (const channel of channels.values()) channel.close();
  };
  return {
    coupons: createClient(CouponService, channelTo(coupon)),
    couponAdmin: createClient(CouponAdminService, channelTo(coupon)),
    dispatchAdmin: createClient(DispatchAdminService, channelTo(dispatch)),
    close,
    [Symbol.dispose]: close,
  };
}
