import type { Dispatch } from "./dispatch.ts";

/** One beat of all sessions: each says that it is alive, or finds that its worker is not. */
export function beatOnce(dispatch: Pick<Dispatch, "sessions">): void {
  for (const session of dispatch.sessions) session.beat();
}
