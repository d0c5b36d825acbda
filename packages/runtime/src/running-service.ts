/** A service that is up; disposing brings it down. */
export interface RunningService extends AsyncDisposable {
  /** Of its gRPC server, if it has one: "127.0.0.1:50051" */
  readonly address?: string;
  /** Of `/metrics` and `/healthz`; undefined without METRICS_PORT, and in a process that leaves them to its primary. */
  readonly metricsAddress: string | undefined;
  /** Resolves when it can do its work, with what else the ready line should say. At once unless given. */
  readonly ready?: Promise<object>;
  /** Rejects when it cannot go on. Unless given, only an error that nobody catches ends it. */
  readonly lost?: Promise<never>;
}
