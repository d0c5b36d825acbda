import { Code, deadlineExceeded, RpcError } from "@firstcome/rpc";
import type { IssueAnswer } from "./issue-answer.ts";

export interface AskSpec {
  couponId: string;
  userId: string;
  /** Epoch ms; Infinity: none. */
  deadline: number;
  signal: AbortSignal | undefined;
  resolve: (answer: IssueAnswer) => void;
  reject: (error: RpcError) => void;
  /** Called once, before the caller hears of it. */
  onSettled: (ask: Ask) => void;
}

/** One caller who wants one coupon. The first answer counts; later ones, of a batch that went on without it, are dropped. */
export class Ask {
  readonly #spec: AskSpec;
  #settled = false;
  #abort: (() => void) | undefined;

  constructor(spec: AskSpec) {
    this.#spec = spec;
    if (!spec.signal) return;
    this.#abort = () => this.reject(new RpcError(Code.CANCELLED, "CANCELLED", "the call was cancelled"));
    spec.signal.addEventListener("abort", this.#abort, { once: true });
  }

  get couponId(): string {
    return this.#spec.couponId;
  }

  get userId(): string {
    return this.#spec.userId;
  }

  get deadline(): number {
    return this.#spec.deadline;
  }

  get signal(): AbortSignal | undefined {
    return this.#spec.signal;
  }

  get settled(): boolean {
    return this.#settled;
  }

  resolve(answer: IssueAnswer): void {
    if (this.#settle()) this.#spec.resolve(answer);
  }

  reject(error: RpcError): void {
    if (this.#settle()) this.#spec.reject(error);
  }

  /** The deadline has passed. */
  expire(): void {
    this.reject(deadlineExceeded("DEADLINE_EXCEEDED", "the deadline passed before the gate's answer"));
  }

  #settle(): boolean {
    if (this.#settled) return false;
    this.#settled = true;
    if (this.#abort) this.#spec.signal?.removeEventListener("abort", this.#abort);
    this.#spec.onSettled(this);
    return true;
  }
}
