/** How a worker ended that was not asked to. */
export interface Death {
  /** For how long its service had been up, in ms; undefined when it never was. */
  upForMs: number | undefined;
  /** Other workers whose service is up. */
  othersUp: number;
}

export type Replacement = { kind: "fork"; afterMs: number } | { kind: "give-up" };

/** A worker that lived for so long did not die of how it starts. */
const STEADY_MS = 10_000;
const GIVE_UP_AFTER = 5;

/**
 * What follows a worker's death. Those that die young in a row are replaced ever more slowly; when that many have and nobody
 * is left who serves, the primary ends, so that whoever started it sees it. While others serve it goes on trying.
 *
 * @param youngDeaths how many died young in a row so far
 * @param backoff the wait after attempt n (0, 1, …) in ms
 */
export function afterDeath(
  youngDeaths: number,
  { upForMs = 0, othersUp }: Death,
  backoff: (attempt: number) => number,
): { youngDeaths: number; next: Replacement } {
  const deaths = upForMs >= STEADY_MS ? 1 : youngDeaths + 1;
  if (deaths >= GIVE_UP_AFTER && othersUp === 0) return { youngDeaths: deaths, next: { kind: "give-up" } };
  return { youngDeaths: deaths, next: { kind: "fork", afterMs: backoff(deaths - 1) } };
}
