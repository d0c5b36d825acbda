export type { Capacity } from "./capacity.ts";
export type { Handle, HandleContext } from "./handling.ts";
export type { BatchOutcome, ItemFailure } from "./outcome.ts";
export { DONE, failed, RELEASED } from "./outcome.ts";
export type { Attachment } from "./session-host.ts";
export type { WorkBatch } from "./work-batch.ts";
export type { Worker } from "./worker.ts";
export { startWorker } from "./worker.ts";
export type { WorkerOptions } from "./worker-options.ts";
