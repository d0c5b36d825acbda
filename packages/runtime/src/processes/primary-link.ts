import cluster, { type Worker } from "node:cluster";
import type { Registry } from "prom-client";
import type { Answers, PrimaryMessage, QuestionKind, WorkerMessage } from "./messages.ts";

/** What a worker process lets its primary see. */
export interface Exposed {
  registry: Registry;
  health: () => boolean;
}

/** A worker's line to the primary process that started it. */
export class PrimaryLink {
  readonly #worker: Worker;
  #exposed: Exposed | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    process.on("message", (message: PrimaryMessage) => {
      void this.#answer(message.kind).then((answer) => this.#send({ kind: "answer", to: message.id, answer }));
    });
  }

  up(address: string | undefined): void {
    this.#send({ kind: "up", address });
  }

  ready(): void {
    this.#send({ kind: "ready" });
  }

  /** From now on the primary's `/metrics` and `/healthz` include these; until then, and without, this process is not healthy. */
  expose(exposed: Exposed): Disposable {
    this.#exposed = exposed;
    return {
      [Symbol.dispose]: () => {
        this.#exposed = undefined;
      },
    };
  }

  /** Calls back when the primary is gone. Without, Node ends a worker in that moment, in the middle of its calls. */
  onGone(stop: () => void): void {
    this.#worker.once("disconnect", () => {
      this.#worker.exitedAfterDisconnect = true;
      stop();
    });
  }

  async #answer(kind: QuestionKind): Promise<Answers[QuestionKind]> {
    const exposed = this.#exposed;
    if (kind === "health") return exposed?.health() ?? false;
    try {
      return await exposed?.registry.getMetricsAsJSON();
    } catch {
      // As a scrape of a process that runs alone fails.
      return undefined;
    }
  }

  #send(message: WorkerMessage): void {
    // A primary that is gone needs no news.
    this.#worker.send(message, () => {});
  }
}

/** Undefined in a process that runs alone, and in a primary. */
export const primaryLink: PrimaryLink | undefined = cluster.worker && new PrimaryLink(cluster.worker);
