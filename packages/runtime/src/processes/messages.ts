import type { Registry } from "prom-client";

/** All metrics of a registry, each with its values and how they are summed over processes. */
export type MetricsSnapshot = Awaited<ReturnType<Registry["getMetricsAsJSON"]>>;

/** What a worker says to its primary. */
export type WorkerMessage =
  /** Its service is up. Without an address it serves none. */
  | { kind: "up"; address: string | undefined }
  /** Its service can do its work. */
  | { kind: "ready" }
  | { kind: "answer"; to: number; answer: unknown };

/** What the primary asks its workers. The stop is no message but SIGTERM, as for a process that runs alone. */
export interface PrimaryMessage {
  kind: QuestionKind;
  id: number;
}

export type QuestionKind = keyof Answers;

export interface Answers {
  health: boolean;
  /** Undefined when they cannot be collected. */
  metrics: MetricsSnapshot | undefined;
}
