import { type Loop, startLoop } from "@firstcome/runtime";
import type { App } from "./app.ts";
import { Claimer } from "./dispatch/claimer.ts";
import { DeadlineSweeper } from "./dispatch/deadline-sweeper.ts";
import { forgetTheGone } from "./dispatch/forget-the-gone.ts";
import { beatOnce } from "./dispatch/heartbeats.ts";
import { KeepAlive } from "./dispatch/keep-alive.ts";
import { OutageGuard } from "./dispatch/outage-guard.ts";
import { watchPauseOnce } from "./dispatch/pause-watcher.ts";
import { LaneActivity, Reader } from "./dispatch/reader.ts";
import { Releaser } from "./dispatch/releaser.ts";

/** Loops that bring batches in, and loops that look after those that are here. The first stop first. */
export interface Loops {
  readonly bringing: readonly Loop[];
  readonly tending: readonly Loop[];
}

const FORGET_INTERVAL_MS = 3_600_000;

export function startLoops(app: App): Loops {
  const { config, clock, log, source, control, holdings, ledger, settler, meter, dispatch } = app;
  const { keepAliveMs, claimMinIdleMs, claimIntervalMs, maxWaitMs } = config.holding;
  const outages = new OutageGuard({ source, clock, log });
  /** A loop whose passes need Redis. */
  const start = (name: string, intervalMs: number, pass: (signal: AbortSignal) => Promise<unknown>): Loop =>
    startLoop({ name, intervalMs, runOnce: outages.around(name, pass), log });

  const { blockMs, pauseMs } = config.reading;
  const activity = new LaneActivity();
  const claimer = new Claimer({ source, dispatch, outages, meter, clock, log, minIdleMs: claimMinIdleMs, keepAliveMs });
  const readers = source.lanes.map((lane) => new Reader({ lane, activity, dispatch, claims: claimer, blockMs }));
  const keepAlive = new KeepAlive({ source, holdings, ledger, log });
  const releaser = new Releaser({ source, holdings, ledger, meter, clock, log, maxWaitMs });
  const sweeper = new DeadlineSweeper({ ledger, dispatch, clock });
  return {
    bringing: [
      ...readers.map((reader) => start("read", pauseMs, (signal) => reader.run(signal))),
      start("claim", claimIntervalMs, (signal) => claimer.run(signal)),
      start("forget the gone", FORGET_INTERVAL_MS, () => forgetTheGone(source, log)),
      start("watch pause", config.pausePollMs, () => watchPauseOnce(control, dispatch)),
    ],
    tending: [
      start("settle", 0, (signal) => settler.run(signal)),
      start("keep alive", keepAliveMs, () => keepAlive.runOnce()),
      start("release", maxWaitMs / 2, () => releaser.runOnce()),
      startLoop({ name: "sweep", intervalMs: config.sweepMs, runOnce: async () => sweeper.runOnce(), log }),
      startLoop({ name: "beat", intervalMs: config.streams.heartbeatMs, runOnce: async () => beatOnce(dispatch), log }),
    ],
  };
}
