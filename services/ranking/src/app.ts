import type { FirstcomeClient } from "@firstcome/client";
import { type Keys, type RedisClient, SalesRanking } from "@firstcome/redis";
import type { Clock, Logger } from "@firstcome/runtime";
import type { RankingConfig } from "./config.ts";
import type { Calendar } from "./domain/calendar.ts";
import { computePopular } from "./domain/compute-popular.ts";
import type { RankingMetrics } from "./metrics.ts";
import { PopularAnswers } from "./popular/popular-answers.ts";
import { PopularWatch } from "./popular/popular-watch.ts";
import { businessCalendar } from "./storage/business-calendar.ts";
import { PaidOrders } from "./storage/paid-orders.ts";
import { ProductDetails } from "./storage/product-details.ts";
import { RedisPopularCache } from "./storage/redis-popular-cache.ts";
import { RedisSales } from "./storage/redis-sales.ts";

/** Everything that handlers and jobs work with: the ports of the domain, filled in. */
export interface App {
  readonly calendar: Calendar;
  readonly sales: RedisSales;
  readonly paidOrders: PaidOrders;
  readonly answers: PopularAnswers;
  readonly watch: PopularWatch;
  readonly onRecorded: RankingMetrics["onRecorded"];
}

export interface AppParts {
  config: RankingConfig;
  clock: Clock;
  log: Logger;
  metrics: RankingMetrics;
  redis: RedisClient;
  keys: Keys;
  client: FirstcomeClient;
}

export function composeApp({ config, clock, log, metrics, redis, keys, client }: AppParts): App {
  const calendar = businessCalendar(config.timeZone);
  const sales = new RedisSales(new SalesRanking({ redis, keys }));
  const products = new ProductDetails(client);
  const answers = new PopularAnswers({
    compute: (query, lately) => computePopular({ sales, products, calendar }, query, lately),
    cache: new RedisPopularCache(redis, keys),
    calendar,
    clock,
    log,
    patienceMs: config.patienceMs,
    onLook: metrics.onLook,
  });
  return {
    calendar,
    sales,
    paidOrders: new PaidOrders(client),
    answers,
    watch: new PopularWatch({ answers, maxWatchers: config.watch.maxWatchers, log }),
    onRecorded: metrics.onRecorded,
  };
}
