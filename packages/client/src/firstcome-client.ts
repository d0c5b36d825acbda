import { CouponAdminService, CouponService } from "@firstcome/contracts/coupon";
import { DispatchAdminService } from "@firstcome/contracts/dispatch";
import { OrderService, ProductService } from "@firstcome/contracts/order";
import { RankingAdminService, RankingService } from "@firstcome/contracts/ranking";
import { type Channel, type ChannelOptions, type Client, createClient, openChannel } from "@firstcome/rpc";

/** Where the services are: "host:port", or what else gRPC's name resolution knows. Name those that you call. */
export interface FirstcomeAddresses {
  coupon?: string | undefined;
  /** A dispatcher; each answers for itself in what it says of workers. */
  dispatch?: string | undefined;
  order?: string | undefined;
  ranking?: string | undefined;
}

/**
 * Every Firstcome service that speaks gRPC to others, as typed functions. A unary call gives a promise, a streaming one
 * an async iterable; whatever fails, fails with an `RpcError` that has a stable `reason`. What the services promise,
 * and which errors they give, is said in the contracts.
 *
 * Using a service whose address was not given throws a TypeError, and so does using one for the first time after
 * `close`.
 */
export interface FirstcomeClient extends Disposable {
  readonly coupons: Client<typeof CouponService>;
  readonly couponAdmin: Client<typeof CouponAdminService>;
  readonly dispatchAdmin: Client<typeof DispatchAdminService>;
  readonly orders: Client<typeof OrderService>;
  readonly products: Client<typeof ProductService>;
  readonly ranking: Client<typeof RankingService>;
  readonly rankingAdmin: Client<typeof RankingAdminService>;
  /** Ends the connections; calls under way end with CANCELLED. */
  close(): void;
}

/**
 * Opens one connection for each address, at the first call. Clients of services at the same address share it.
 *
 * ```ts
 * using client = createFirstcomeClient({ coupon: "127.0.0.1:50051" });
 * const { outcome, issueNo } = await client.coupons.issueCoupon({ couponId: "1", userId: "ann" });
 * ```
 */
export function createFirstcomeClient(options: FirstcomeAddresses & ChannelOptions): FirstcomeClient {
  const { coupon, dispatch, order, ranking, ...channelOptions } = options;
  const addresses: FirstcomeAddresses = { coupon, dispatch, order, ranking };
  const channels = new Map<string, Channel>();
  let closed = false;
  const channelTo = (name: keyof FirstcomeAddresses): Channel => {
    const address = addresses[name];
    if (closed) throw new TypeError("this client is closed");
    if (address === undefined) throw new TypeError(`this client was given no address of the ${name} service`);
    const channel = channels.get(address) ?? openChannel(address, channelOptions);
    channels.set(address, channel);
    return channel;
  };
  const close = (): void => {
    closed = true;
    for (const channel of channels.values()) channel.close();
  };

  const coupons = once(() => createClient(CouponService, channelTo("coupon")));
  const couponAdmin = once(() => createClient(CouponAdminService, channelTo("coupon")));
  const dispatchAdmin = once(() => createClient(DispatchAdminService, channelTo("dispatch")));
  const orders = once(() => createClient(OrderService, channelTo("order")));
  const products = once(() => createClient(ProductService, channelTo("order")));
  const rankings = once(() => createClient(RankingService, channelTo("ranking")));
  const rankingAdmin = once(() => createClient(RankingAdminService, channelTo("ranking")));
  return {
    get coupons() {
      return coupons();
    },
    get couponAdmin() {
      return couponAdmin();
    },
    get dispatchAdmin() {
      return dispatchAdmin();
    },
    get orders() {
      return orders();
    },
    get products() {
      return products();
    },
    get ranking() {
      return rankings();
    },
    get rankingAdmin() {
      return rankingAdmin();
    },
    close,
    [Symbol.dispose]: close,
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
