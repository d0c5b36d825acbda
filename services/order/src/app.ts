import type { FirstcomeClient } from "@firstcome/client";
import type { Database } from "@firstcome/database";
import { businessDay, type Clock, type Logger } from "@firstcome/runtime";
import type { OrderConfig } from "./config.ts";
import type { Message } from "./domain/messages.ts";
import type { OrderMetrics } from "./metrics.ts";
import { Lane } from "./relay/lane.ts";
import { CouponServiceClient } from "./remote/coupon-service.ts";
import { RankingServiceClient } from "./remote/ranking-service.ts";
import { Bulkhead } from "./storage/bulkhead.ts";
import { MysqlOrders } from "./storage/mysql-orders.ts";
import { MysqlOutbox } from "./storage/mysql-outbox.ts";
import { MysqlProducts } from "./storage/mysql-products.ts";

/** Everything that handlers and jobs work with: the ports of the domain, filled in. */
export interface App {
  readonly now: () => number;
  readonly dayOf: (at: number) => string;
  readonly log: Logger;
  readonly orders: MysqlOrders;
  readonly products: MysqlProducts;
  readonly coupons: CouponServiceClient;
  readonly couponPayments: Bulkhead;
  readonly outbox: MysqlOutbox;
  /** One for each receiver of messages, under its name in logs. */
  readonly lanes: Readonly<Record<"sales" | "coupon-returns", Lane>>;
  readonly paymentTtlMs: number;
  readonly onBacklog: OrderMetrics["onBacklog"];
}

export interface AppParts {
  config: OrderConfig;
  clock: Clock;
  log: Logger;
  metrics: OrderMetrics;
  db: Database;
  client: FirstcomeClient;
}

/** Puts the parts together. */
export function composeApp({ config, clock, log, metrics, db, client }: AppParts): App {
  const { callTimeoutMs: timeoutMs, timeZone } = config;
  const now = (): number => clock.now();
  const outbox = new MysqlOutbox(db);
  const coupons = new CouponServiceClient(client, { timeoutMs });
  const ranking = new RankingServiceClient(client, { timeoutMs });

  const { claimMs, pollMs } = config.outbox;
  const common = { outbox, claimMs, log, observer: metrics.relay };
  const lanes = {
    sales: new Lane({ ...common, kind: "SALES", deliver: only("SALES", (sales) => ranking.record(sales)) }, { pollMs }),
    "coupon-returns": new Lane(
      { ...common, kind: "COUPON_RETURN", deliver: only("COUPON_RETURN", (on) => coupons.giveBack(on)) },
      { pollMs },
    ),
  };
  const ringAll = (): void => {
    for (const lane of Object.values(lanes)) lane.ring();
  };
  return {
    now,
    dayOf: (at) => businessDay(at, timeZone),
    log,
    orders: new MysqlOrders(db, ringAll),
    products: new MysqlProducts(db),
    coupons,
    couponPayments: new Bulkhead({
      width: Math.floor(config.mysql.poolSize / 2),
      maxWaiting: MAX_WAITING_PAYMENTS,
      maxWaitMs: timeoutMs,
    }),
    outbox,
    lanes,
    paymentTtlMs: config.payment.ttlMs,
    onBacklog: metrics.onBacklog,
  };
}

const MAX_WAITING_PAYMENTS = 1_000;

/** A lane's messages are all of one kind. */
function only<K extends Message["kind"]>(
  kind: K,
  deliver: (message: Extract<Message, { kind: K }>) => Promise<void>,
): (message: Message) => Promise<void> {
  const isOfKind = (message: Message): message is Extract<Message, { kind: K }> => message.kind === kind;
  return async (message) => {
    if (!isOfKind(message)) throw new Error(`a message of kind ${message.kind} in the lane of ${kind}`);
    await deliver(message);
  };
}
