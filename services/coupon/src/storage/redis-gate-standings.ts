import type { GateReader, GateView } from "@firstcome/redis";
import type { GateStanding, GateStandings } from "../domain/gate-standing.ts";

/** Where the gates in Redis stand. Reads only. */
export function redisGateStandings(reader: GateReader): GateStandings {
  const toStanding = (couponId: string, view: GateView): GateStanding => ({
    accepted: view.nextNo - 1,
    finished: view.status === "FINISHED",
    version: view.version,
    // A gate that closes meanwhile, to be rebuilt, keeps its winners.
    winners: () => reader.winners(couponId, view),
  });
  return {
    async read(couponIds) {
      const { views, remains, failure } = await reader.read(couponIds);
      const loaded = new Map<string, GateStanding>();
      for (const [id, view] of views) if (view !== "NOT_LOADED") loaded.set(id, toStanding(id, view));
      return { loaded, remains, failure };
    },
  };
}
