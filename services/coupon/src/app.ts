import { CouponBookkeeping, type Database, ExpiringRows, forgetRequestIds, WinnerRows } from "@firstcome/database";
import {
  CouponState,
  Gate as GateLanes,
  GateReader,
  HandoffRecords,
  type Keys,
  type RedisClient,
  ReplicatedTerms,
} from "@firstcome/redis";
import type { Clock, Logger } from "@firstcome/runtime";
import { rememberClosedGates } from "./closed/remember-closed-gates.ts";
import type { CouponConfig } from "./config.ts";
import type { GateStandings } from "./domain/gate-standing.ts";
import type { ClosedGates, CompleteGate, Gate } from "./domain/issue-coupon.ts";
import type { CouponMetrics } from "./metrics.ts";
import { RememberedFacts } from "./storage/coupon-facts.ts";
import { CompleteCoupons } from "./storage/complete-coupons.ts";
import { CouponLoader } from "./storage/coupon-loader.ts";
import { IssuedCounts } from "./storage/issued-counts.ts";
import { LoadWaiters } from "./storage/load-waiters.ts";
import { MysqlCoupons } from "./storage/mysql-coupons.ts";
import { MysqlUserCoupons } from "./storage/mysql-user-coupons.ts";
import { redisGate } from "./storage/redis-gate.ts";
import { type GateState, redisGateState } from "./storage/redis-gate-state.ts";
import { redisGateStandings } from "./storage/redis-gate-standings.ts";
import { RowsGate } from "./storage/rows-gate.ts";
import { UnwrittenNumbers } from "./storage/unwritten-numbers.ts";
import { UnknownCoupons } from "./storage/unknown-coupons.ts";
import { CommitWatch } from "./watch/commit-watch.ts";

/** Everything that handlers and jobs work with: the ports of the domain, filled in. */
export interface App extends AsyncDisposable {
  readonly clock: Clock;
  readonly log: Logger;
  readonly gate: Gate;
  readonly completeGate: CompleteGate;
  readonly closedGates: ClosedGates;
  readonly gateState: GateState;
  readonly loader: CouponLoader;
  readonly unknown: UnknownCoupons;
  readonly coupons: MysqlCoupons;
  readonly userCoupons: MysqlUserCoupons;
  readonly rows: WinnerRows;
  readonly expiring: ExpiringRows;
  readonly facts: RememberedFacts;
  readonly issuedCounts: IssuedCounts;
  readonly commitWatch: CommitWatch;
  readonly standings: CouponBookkeeping;
  readonly gateStandings: GateStandings;
  readonly handoffRecords: HandoffRecords;
  readonly unwritten: UnwrittenNumbers;
  readonly retiring: Pick<CouponState, "retire">;
  /** Forgets those used before `before` (epoch ms); returns how many. */
  forgetRequestIds(before: number, signal?: AbortSignal): Promise<number>;
  readonly onBatchFailed: CouponMetrics["onBatchFailed"];
  readonly onHandoff: CouponMetrics["onHandoff"];
  readonly onGateBehind: CouponMetrics["onGateBehind"];
  readonly onLost: CouponMetrics["onLost"];
  readonly onOverIssued: CouponMetrics["onOverIssued"];
  readonly onExpired: CouponMetrics["onExpired"];
}

export interface AppParts {
  config: CouponConfig;
  clock: Clock;
  log: Logger;
  metrics: CouponMetrics;
  redis: RedisClient;
  keys: Keys;
  db: Database;
}

/** Puts the parts together. Disposing waits for the gate to answer whoever waits for it. */
export function composeApp({ config, clock, log, metrics, redis, keys, db }: AppParts): App {
  const { maxWaiting, maxBatch, waitReplicas, closedMemoryBytes, settleMs, loadPatienceMs } = config.gate;
  const { maxCalls } = config.server.limits;
  const { onBatch, onBatchFailed, onHandoff, onLoaded, onOutcome, onOverIssued, onExpired, onGateBehind, onLost } =
    metrics;
  const now = (): number => clock.now();
  const lanes = new GateLanes({ redis, keys, maxWaiting, maxBatch, waitReplicas, now, onBatch });
  const reader = new GateReader({ redis, keys });
  const closedGates = rememberClosedGates({
    source: reader,
    maxBytes: closedMemoryBytes,
    // A number is told only when the replicas have it, which the gate knows.
    tellsWinners: waitReplicas === 0,
    now: () => performance.now(),
    log,
    ...metrics.closedGates,
  });
  const state = new CouponState({ redis, keys });
  const replicatedTerms = waitReplicas > 0 ? new ReplicatedTerms({ redis, keys, waitReplicas }) : undefined;
  const coupons = new MysqlCoupons(db);
  const rows = new WinnerRows(db.pool);
  const unknown = new UnknownCoupons({ highestId: () => coupons.highestId(), now: () => performance.now() });
  const complete = new CompleteCoupons(() => performance.now());
  const standings = new CouponBookkeeping(db.pool);
  const loader = new CouponLoader({
    state,
    coupons,
    rows,
    bookkeeping: standings,
    settleMs,
    now,
    unknown,
    complete,
    // Of the calls that the process works on, as many users as a quarter may wait for one load, and half for all: there is room for
    // the others.
    waiters: new LoadWaiters({
      maxInAll: Math.min(maxWaiting, Math.ceil(maxCalls / 2)),
      maxForOne: Math.min(maxWaiting, Math.ceil(maxCalls / 4)),
      patienceMs: loadPatienceMs,
      now,
    }),
    onLoaded(couponId, winners) {
      onLoaded(winners);
      closedGates.doubt(couponId);
      log.info({ couponId, winners }, "a coupon is loaded into the gate");
    },
  });
  const gate = redisGate({
    lanes,
    async closeBehind(couponId) {
      if (!(await loader.closeAfterLoss(couponId))) return;
      onGateBehind();
      log.error({ couponId }, "a gate has forgotten numbers that were told here: it is closed and rebuilt");
    },
    onOutcome,
  });
  return {
    clock,
    log,
    gate,
    completeGate: new RowsGate({ rows, now, maxWaiting, onOutcome }),
    closedGates,
    gateState: redisGateState({
      state,
      replicated: replicatedTerms && {
        findWinner: gate.findWinner,
        sync: (terms) => replicatedTerms.sync(terms),
      },
      onSynced: (couponId) => closedGates.doubt(couponId),
    }),
    loader,
    unknown,
    coupons,
    userCoupons: new MysqlUserCoupons(db),
    rows,
    expiring: new ExpiringRows(db.pool),
    facts: new RememberedFacts(coupons),
    issuedCounts: new IssuedCounts({ rows, now: () => performance.now() }),
    commitWatch: new CommitWatch({
      ...config.watch,
      holders: (couponId, issueNos) => rows.holders(couponId, issueNos),
      log,
    }),
    standings,
    gateStandings: redisGateStandings(reader),
    handoffRecords: new HandoffRecords({ redis, keys }),
    unwritten: new UnwrittenNumbers({ rows, now: () => performance.now() }),
    retiring: state,
    forgetRequestIds: (before, signal) => forgetRequestIds(db.pool, before, signal),
    onBatchFailed,
    onHandoff,
    onGateBehind,
    onLost,
    onOverIssued,
    onExpired,
    async [Symbol.asyncDispose]() {
      await Promise.all([loader[Symbol.asyncDispose](), closedGates[Symbol.asyncDispose](), lanes.close()]);
      replicatedTerms?.close();
    },
  };
}
