import type { FirstcomeClient } from "@firstcome/client";
import type { CallEntry, OperatorCall } from "../history/entry.ts";
import type { CallersClient } from "../stage/stage.ts";
import { askUntilAnswered } from "./ask-again.ts";

export interface OperatorCallsSpec {
  /** Of the operator. */
  readonly name: string;
  readonly clients: readonly CallersClient[];
  readonly hear: (entry: CallEntry) => void;
}

/** What an operator asks for. */
export interface OperatorRequest {
  readonly call: OperatorCall;
  readonly couponId?: string;
  readonly user?: string;
  /** When the same request was first made, epoch ms; absent: now. */
  readonly firstAskedAt?: number;
}

/** DONE or REFUSED: it is known what came of it. */
export type Outcome = "DONE" | "REFUSED" | "UNKNOWN";

/** More than a gate takes to be rebuilt. */
const TIMEOUT_MS = 10_000;
const PATIENCE_MS = 45_000;

/** The services as an operator calls them: each attempt at another front end. */
export class OperatorCalls {
  readonly #spec: OperatorCallsSpec;

  constructor(spec: OperatorCallsSpec) {
    this.#spec = spec;
  }

  async ask(
    { call, couponId: coupon = "", user = "", firstAskedAt = Date.now() }: OperatorRequest,
    ask: (client: FirstcomeClient, options: { timeoutMs: number }) => Promise<unknown>,
  ): Promise<Outcome> {
    const { name: caller, clients, hear } = this.#spec;
    const at = (attempt: number): CallersClient => clients[attempt % clients.length] as CallersClient;
    let askedAt = 0;
    const heard = (attempt: number, answer: CallEntry["answer"]): void =>
      hear({ at: Date.now(), askedAt, caller, via: at(attempt).via, user, coupon, call, answer });
    let refused = false;
    const done = await askUntilAnswered(
      async (attempt, timeoutMs) => {
        askedAt = Date.now();
        await ask(at(attempt).client, { timeoutMs });
        // Those who are given it are heard of one by one.
        if (call !== "GrantCoupons") heard(attempt, { outcome: "DONE", firstAskedAt });
        return true;
      },
      { timeoutMs: TIMEOUT_MS, until: Date.now() + PATIENCE_MS },
      (failure, attempt, isPassing) => {
        refused = !isPassing;
        heard(attempt, failure);
      },
    );
    if (done) return "DONE";
    return refused ? "REFUSED" : "UNKNOWN";
  }
}
