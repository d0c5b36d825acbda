import { availableParallelism } from "node:os";
import { z } from "zod";
import { wholeNumber } from "./fields.ts";

const MAX_WORKERS = 256;
const MESSAGE = `must be auto or a whole number from 1 to ${MAX_WORKERS}`;

export const workersEnv = {
  /** Processes that share the port; "auto" is one for each core. */
  WORKERS: z
    .preprocess(
      (text) => (text === "auto" ? Math.min(availableParallelism(), MAX_WORKERS) : text),
      z.coerce.number(MESSAGE).int(MESSAGE).min(1, MESSAGE).max(MAX_WORKERS, MESSAGE),
    )
    .default(1),
  /** Which of them this is, from 1. Set by the process that starts them, for nobody else to set. */
  WORKER_NUMBER: wholeNumber({ min: 1, max: MAX_WORKERS }).optional(),
};

/** What names a service must name one process of it: the number goes with the name. At most 64 characters. */
export function nameOfProcess(name: string, workerNumber: number | undefined): string {
  return workerNumber === undefined ? name : `${name.slice(0, 60)}-${workerNumber}`;
}
