import type { LocalServer } from "@firstcome/stack";
import type { Actor } from "./actor.ts";
import { Turns } from "./turns.ts";

/** Redis or MySQL: always on the same port and data. */
export function storeActor(server: LocalServer): Actor {
  const turns = new Turns();
  return {
    exclusively: (work) => turns.take(work),
    start: () => server.start(),
    kill: () => server.kill(),
    stop: () => server.stop(),
    freeze: () => server.freeze(),
    thaw: () => server.thaw(),
  };
}
