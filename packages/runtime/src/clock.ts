/** Where the time comes from. Rules take the time as an argument; whoever calls them asks a clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };
