import cluster, { type Worker } from "node:cluster";
import type { Answers, PrimaryMessage, QuestionKind, WorkerMessage } from "./messages.ts";

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A worker as its primary sees it. */
export class WorkerProcess {
  /** Resolves when its service is up, with the address at which it serves, if it does. */
  readonly up: Promise<string | undefined>;
  /** Resolves when its service can do its work. */
  readonly ready: Promise<void>;
  readonly exited: Promise<Exit>;
  #upSince: number | undefined;
  #isReady = false;
  #exit: Exit | undefined;
  readonly #worker: Worker;
  /** At most one of a kind: what a process that hangs is asked must not pile up. */
  readonly #questions = new Map<QuestionKind, Question<QuestionKind>>();
  #lastQuestion = 0;

  /** @param env on top of the primary's own environment */
  static fork(env: Record<string, string>): WorkerProcess {
    // JSON, the default, makes 0 of the NaN by which a gauge says that it does not know.
    cluster.setupPrimary({ serialization: "advanced" });
    return new WorkerProcess(cluster.fork(env));
  }

  private constructor(worker: Worker) {
    this.#worker = worker;
    const up = Promise.withResolvers<string | undefined>();
    const ready = Promise.withResolvers<void>();
    worker.on("message", (message: WorkerMessage) => {
      if (message.kind === "up") {
        this.#upSince = performance.now();
        up.resolve(message.address);
      } else if (message.kind === "ready") {
        this.#isReady = true;
        ready.resolve();
      } else {
        this.#take(message.to, message.answer);
      }
    });
    // Such as a question to a process that has just ended.
    worker.on("error", () => {});
    this.up = up.promise;
    this.ready = ready.promise;
    this.exited = new Promise((resolve) => {
      worker.once("exit", (code: number | null, signal: NodeJS.Signals | null) => {
        this.#exit = { code, signal };
        resolve(this.#exit);
      });
    });
  }

  get pid(): number | undefined {
    return this.#worker.process.pid;
  }

  get isReady(): boolean {
    return this.#isReady && this.#exit === undefined;
  }

  /** For how long its service has been up, in ms; undefined when it is not. */
  get upForMs(): number | undefined {
    return this.#upSince === undefined ? undefined : performance.now() - this.#upSince;
  }

  /** Undefined when it does not answer in time, or not at all. */
  async ask<K extends QuestionKind>(kind: K, timeoutMs: number): Promise<Answers[K] | undefined> {
    const { promise: late, resolve: giveUp } = Promise.withResolvers<undefined>();
    const timer = setTimeout(giveUp, timeoutMs, undefined);
    try {
      return await Promise.race([this.#answerTo(kind), this.exited.then(() => undefined), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks it to stop, as a signal would; a process that takes longer is killed. */
  async stop(timeoutMs: number): Promise<Exit> {
    this.#worker.process.kill("SIGTERM");
    const hardEnd = setTimeout(() => this.#worker.process.kill("SIGKILL"), timeoutMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(hardEnd);
    }
  }

  #answerTo<K extends QuestionKind>(kind: K): Promise<Answers[K]> {
    const asked = this.#questions.get(kind) as Question<K> | undefined;
    if (asked) return asked.answer;
    const id = ++this.#lastQuestion;
    const { promise: answer, resolve } = Promise.withResolvers<Answers[K]>();
    this.#questions.set(kind, { id, answer, resolve: resolve as (answer: unknown) => void });
    const message: PrimaryMessage = { kind, id };
    this.#worker.send(message, () => {});
    return answer;
  }

  #take(id: number, answer: unknown): void {
    for (const [kind, question] of this.#questions) {
      if (question.id !== id) continue;
      this.#questions.delete(kind);
      question.resolve(answer);
    }
  }
}

interface Question<K extends QuestionKind> {
  id: number;
  answer: Promise<Answers[K]>;
  resolve: (answer: unknown) => void;
}
