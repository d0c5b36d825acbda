import { randomInt } from "node:crypto";
import type { Handoff } from "@firstcome/redis";
import { type Clock, fullJitterBackoff, type Logger, type Metrics, steadyClock } from "@firstcome/runtime";
import type { DispatcherConfig } from "./config.ts";
import { BacklogReader } from "./dispatch/backlog-reader.ts";
import { Dispatch } from "./dispatch/dispatch.ts";
import { DispatchMeter } from "./dispatch/dispatch-meter.ts";
import { Settler } from "./dispatch/settler.ts";
import { attemptTokens } from "./domain/attempt-tokens.ts";
import type { DeadLetterBox } from "./domain/dead-letter-box.ts";
import type { DispatchControl } from "./domain/dispatch-control.ts";
import type { HandoffSource } from "./domain/handoff-source.ts";
import { Holdings } from "./domain/holdings.ts";
import { Ledger } from "./domain/ledger.ts";
import { RedisHandoffSource } from "./storage/redis-handoff-source.ts";

/** Everything that handlers and loops work with. */
export interface App {
  readonly config: DispatcherConfig;
  /** Of whatever lasts: deadlines, back-offs, ages. Steady, or a host whose clock is set back would wait for it to catch up. */
  readonly clock: Clock;
  /** Since the epoch: of what messages say. */
  readonly wallClock: Clock;
  readonly log: Logger;
  readonly source: HandoffSource;
  readonly control: DispatchControl;
  readonly box: DeadLetterBox;
  readonly holdings: Holdings;
  readonly ledger: Ledger;
  readonly settler: Settler;
  readonly meter: DispatchMeter;
  readonly dispatch: Dispatch;
  readonly backlog: BacklogReader;
}

export interface AppSpec {
  config: DispatcherConfig;
  handoff: Handoff;
  wallClock: Clock;
  log: Logger;
  metrics: Metrics;
}

export function composeApp({ config, handoff, wallClock, log, metrics }: AppSpec): App {
  const clock = steadyClock;
  const { attempts, streams } = config;
  const source = new RedisHandoffSource(handoff);
  const holdings = new Holdings();
  const meter = new DispatchMeter(metrics);
  const settler = new Settler({ source, holdings, meter, clock, log });
  const ledger = new Ledger({
    holdings,
    retry: {
      failureLimit: attempts.failureLimit,
      backoff: fullJitterBackoff({ baseMs: attempts.retryBaseMs, maxMs: attempts.retryMaxMs }),
      releaseDelayMs: attempts.retryBaseMs,
    },
    deliveryDeadlineMs: attempts.deadlineMs,
    nextToken: attemptTokens(randomInt(2 ** 48 - 1)),
  });
  const dispatch = new Dispatch({
    ledger,
    holdings,
    settler,
    source,
    meter,
    clock,
    log,
    streamMaxAgeMs: streams.maxAgeMs,
    streamGraceMs: streams.graceMs,
  });
  const backlog = new BacklogReader({ source, clock });
  return {
    config,
    clock,
    wallClock,
    log,
    source,
    control: handoff,
    box: handoff.deadLetters,
    holdings,
    ledger,
    settler,
    meter,
    dispatch,
    backlog,
  };
}
