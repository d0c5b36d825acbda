/** Where the time comes from. Rules take the time as an argument; whoever calls them asks a clock. */
export interface Clock {
  /** Milliseconds: since the epoch, or, where only durations count, since any one moment. */
  now(): number;
}

/** Since the epoch: for what is told to others, and compared with what others tell. It may be set back, or jump. */
export const systemClock: Clock = { now: () => Date.now() };

/** Since this process began: for durations and deadlines of its own. Nobody sets it. */
export const steadyClock: Clock = { now: () => performance.now() };
