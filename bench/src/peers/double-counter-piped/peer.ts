import { doubleCounterFull } from "../double-counter-full/peer.ts";
import type { Peer } from "../peer.ts";

/** The same with one option of ioredis, which sends the commands of all callers of a turn in one write: Redis then takes them in one turn. */
export const doubleCounterPiped: Peer = {
  ...doubleCounterFull,
  name: "double-counter-piped",
  title: "double-counter-full with enableAutoPipelining: one write for all who ask in a turn (gate only)",
  acceptor: new URL("./acceptor.ts", import.meta.url),
};
