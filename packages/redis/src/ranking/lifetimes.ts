/** A day is kept so long after it was last written to, in ms: twice as long as the longest period that is asked for. */
export const DAY_KEPT_MS = 14 * 86_400_000;

/** A rebuilder that is silent for so long has died; the next one takes its place. */
export const REBUILDER_SILENCE_MS = 30_000;

/**
 * What a rebuild has counted is kept so long after it was last written to, in ms. Longer than the silence after which its
 * rebuilder counts as dead, since a rebuild that goes on must find all of it; not for ever, since one that died leaves it.
 */
export const REBUILD_KEPT_MS = 3_600_000;

/** A union is made anew when it is not new enough; kept for people to look at, as long as the answer made from it. */
export const UNION_KEPT_MS = 49 * 3_600_000;
