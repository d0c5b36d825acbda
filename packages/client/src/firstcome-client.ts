import { CouponAdminService, CouponService } from "@firstcome/contracts/coupon";
import { DispatchAdminService } from "@firstcome/contracts/dispatch";
import { OrderService, ProductService } from "@firstcome/contracts/order";
import { RankingAdminService, RankingService } from "@firstcome/contracts/ranking";
import { type Channel, type ChannelOptions, type Client, createClient, openChannel } from "@firstcome/rpc";
import type { IssueAnswer } from "./issuing/issue-answer.ts";
import { Issuer, type IssueOptions, type IssuerOptions } from "./issuing/issuer.ts";

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
  /**
   * Asks for a coupon for a user, as `coupons.issueCoupon` does and at a fraction of its cost: the calls of one turn of
   * the event loop, and those made while a batch of that coupon is under way, go as one message on a stream. One client
   * serves thousands of callers at once.
   *
   * A service that refuses the stream, which is for services only, is asked call by call instead. What failed for now
   * (UNAVAILABLE, RESOURCE_EXHAUSTED, a broken stream) is tried again as long as the deadline allows; that is safe, since
   * the same user gets the same number.
   *
   * The streams stay open, and keep the process running, until `close`.
   *
   * @param couponId a positive int64 in decimal
   * @param userId 1–64 of A-Z a-z 0-9 . _ : -
   * @throws RpcError as IssueCoupon does: NOT_FOUND (COUPON_NOT_FOUND), UNAVAILABLE, RESOURCE_EXHAUSTED …; and from the
   * client itself INVALID_ARGUMENT (this call's only, never its batch's), DEADLINE_EXCEEDED, CANCELLED (by the signal,
   * or CLIENT_CLOSED) and RESOURCE_EXHAUSTED (CLIENT_QUEUE_FULL, with `retryAfterMs`)
   */
  issue(couponId: string, userId: string, options?: IssueOptions): Promise<IssueAnswer>;
  readonly coupons: Client<typeof CouponService>;
  /** A `rebuildGate` that names no deadline waits ten minutes, whatever `defaultTimeoutMs` is. */
  readonly couponAdmin: Client<typeof CouponAdminService>;
  readonly dispatchAdmin: Client<typeof DispatchAdminService>;
  readonly orders: Client<typeof OrderService>;
  readonly products: Client<typeof ProductService>;
  readonly ranking: Client<typeof RankingService>;
  readonly rankingAdmin: Client<typeof RankingAdminService>;
  /** Ends the connections and streams; calls under way, and callers who wait, end with CANCELLED. */
  close(): void;
}

/**
 * Opens one connection for each address, at the first call. Clients of services at the same address share it; `issue`
 * has its own.
 *
 * ```ts
 * using client = createFirstcomeClient({ coupon: "127.0.0.1:50051" });
 * const answer = await client.issue("1", "ann", { timeoutMs: 2_000 });
 * if (answer.outcome === "ACCEPTED") console.log(`number ${answer.issueNo}`);
 * ```
 */
export function createFirstcomeClient(options: FirstcomeAddresses & ChannelOptions & IssuerOptions): FirstcomeClient {
  const { coupon, dispatch, order, ranking, connections, maxWaiting, answerTimeoutMs, ...channelOptions } = options;
  const addresses: FirstcomeAddresses = { coupon, dispatch, order, ranking };
  const channels = new Map<string, Channel>();
  let closed = false;
  const addressOf = (name: keyof FirstcomeAddresses): string => {
    const address = addresses[name];
    if (closed) throw new TypeError("this client is closed");
    if (address === undefined) throw new TypeError(`this client was given no address of the ${name} service`);
    return address;
  };
  const channelTo = (name: keyof FirstcomeAddresses): Channel => {
    const address = addressOf(name);
    const channel = channels.get(address) ?? openChannel(address, channelOptions);
    channels.set(address, channel);
    return channel;
  };
  let issuer: Issuer | undefined;
  const openIssuer = (): Issuer => {
    const address = addressOf("coupon");
    return new Issuer({
      connections,
      maxWaiting,
      answerTimeoutMs,
      defaultTimeoutMs: channelOptions.defaultTimeoutMs,
      // The issuer does its own retries: by deadline, and for all callers of a batch at once.
      dial: () => openChannel(address, { ...channelOptions, retry: false }),
      issueOne: coupons().issueCoupon,
    });
  };
  const close = (): void => {
    closed = true;
    issuer?.close();
    for (const channel of channels.values()) channel.close();
  };

  const coupons = once(() => createClient(CouponService, channelTo("coupon")));
  const couponAdmin = once(() => patientRebuild(createClient(CouponAdminService, channelTo("coupon"))));
  const dispatchAdmin = once(() => createClient(DispatchAdminService, channelTo("dispatch")));
  const orders = once(() => createClient(OrderService, channelTo("order")));
  const products = once(() => createClient(ProductService, channelTo("order")));
  const rankings = once(() => createClient(RankingService, channelTo("ranking")));
  const rankingAdmin = once(() => createClient(RankingAdminService, channelTo("ranking")));
  return {
    issue: (couponId, userId, issueOptions) => (issuer ??= openIssuer()).issue(couponId, userId, issueOptions),
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

/** A rebuild of millions of winners takes half a minute, and with a GATE_SETTLE_MS as long as may be five minutes more. */
const REBUILD_TIMEOUT_MS = 10 * 60_000;

/** A rebuild that nobody waits for any more goes on, and keeps its repetition from being made: so it is waited for. */
function patientRebuild(admin: Client<typeof CouponAdminService>): Client<typeof CouponAdminService> {
  return {
    ...admin,
    rebuildGate(request, options = {}) {
      const { timeoutMs, deadline } = options;
      const isNamed = timeoutMs !== undefined || deadline !== undefined;
      return admin.rebuildGate(request, isNamed ? options : { ...options, timeoutMs: REBUILD_TIMEOUT_MS });
    },
  };
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
