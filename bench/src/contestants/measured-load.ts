import type { Generator } from "../load/generator.ts";
import type { LoadDone, LoadOrder } from "../load/orders.ts";
import { cpuBetween, readCpu } from "../measure/cpu-clock.ts";
import type { Front } from "./front.ts";

/** What a load did to the processes of a front. */
export interface MeasuredLoad {
  readonly done: LoadDone;
  /** CPU seconds by process, from the first ask until everything is finished. */
  readonly cpu: ReadonlyMap<string, number>;
  /** The same time, in seconds. */
  readonly seconds: number;
}

/** Beyond the pace's own length; a generator gives up by itself before that. */
const GRACE_MS = 60_000;

/** Puts a load on a front. @param finished resolves when what was begun is done with, such as when the last row is committed. */
export async function measureLoad(
  front: Pick<Front, "address" | "processes">,
  generator: Generator,
  order: Omit<LoadOrder, "address">,
  finished: (done: LoadDone) => Promise<void> = () => Promise.resolve(),
): Promise<MeasuredLoad> {
  const before = readCpu(front.processes);
  const startedAt = performance.now();
  const done = await generator.run({ ...order, address: front.address }, deadlineOf(order));
  await finished(done);
  const seconds = (performance.now() - startedAt) / 1_000;
  return { done, cpu: cpuBetween(before, readCpu(front.processes)), seconds };
}

function deadlineOf({ pace, users }: Omit<LoadOrder, "address">): number {
  return GRACE_MS + (pace.kind === "open" ? (users / pace.perSecond) * 1_000 : (pace.atMostMs ?? GRACE_MS));
}
