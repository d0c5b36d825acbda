import type { DispatchControl } from "../domain/dispatch-control.ts";
import type { Dispatch } from "./dispatch.ts";

/** Learns whether operators have paused the dispatch, here or through another dispatcher. */
export async function watchPauseOnce(
  control: Pick<DispatchControl, "paused">,
  dispatch: Pick<Dispatch, "setPaused">,
): Promise<void> {
  dispatch.setPaused(await control.paused());
}
