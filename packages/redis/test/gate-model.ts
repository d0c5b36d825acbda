/**
 * What the gate must do, in plain TypeScript: the oracle that the Lua script is held against. Windows are given as what the
 * clock of Redis makes of them, since that clock cannot be set.
 */
export interface ModelTerms {
  readonly status: "PUBLISHABLE" | "PAUSED" | "FINISHED";
  readonly window: "before" | "open" | "over";
  readonly quantity: number;
  readonly version: number;
}

export type ModelDecision =
  | { readonly outcome: "ACCEPTED" | "ALREADY_ISSUED"; readonly issueNo: number }
  | { readonly outcome: "NOT_OPEN" | "SOLD_OUT" | "PAUSED" | "FINISHED" };

export class GateModel {
  readonly winners = new Map<string, number>();
  /** What was handed off, oldest first. */
  readonly handedOff: { firstNo: number; userIds: string[] }[] = [];
  terms: ModelTerms;

  constructor(terms: ModelTerms) {
    this.terms = terms;
  }

  get nextNo(): number {
    return this.winners.size + 1;
  }

  issue(userIds: readonly string[], mode: "race" | "grant"): ModelDecision[] {
    const firstNo = this.nextNo;
    const won: string[] = [];
    const decisions = userIds.map((userId): ModelDecision => {
      const issueNo = this.winners.get(userId);
      if (issueNo !== undefined) return { outcome: "ALREADY_ISSUED", issueNo };
      const refusal = this.#refusal(mode);
      if (refusal) return { outcome: refusal };
      won.push(userId);
      this.winners.set(userId, this.winners.size + 1);
      return { outcome: "ACCEPTED", issueNo: this.winners.size };
    });
    if (won.length > 0) this.handedOff.push({ firstNo, userIds: won });
    return decisions;
  }

  sync(terms: ModelTerms): "APPLIED" | "STALE" {
    if (terms.version <= this.terms.version) return "STALE";
    this.terms = terms;
    return "APPLIED";
  }

  #refusal(mode: "race" | "grant"): "NOT_OPEN" | "SOLD_OUT" | "PAUSED" | "FINISHED" | undefined {
    const { status, window, quantity } = this.terms;
    if (status === "FINISHED" || window === "over") return "FINISHED";
    if (mode === "race" && window === "before") return "NOT_OPEN";
    if (mode === "race" && status === "PAUSED") return "PAUSED";
    return this.winners.size < quantity ? undefined : "SOLD_OUT";
  }
}
