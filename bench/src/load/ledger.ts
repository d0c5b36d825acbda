import { Histogram } from "../measure/histogram.ts";

const OUTCOMES = 8;

/** What users were told, and how long they waited for it. */
export class Ledger {
  readonly outcomes: number[] = Array.from({ length: OUTCOMES }, () => 0);
  readonly issueNos: Uint32Array;
  readonly answers = new Histogram();
  readonly #first: number;
  #answered = 0;

  constructor(first: number, users: number) {
    this.#first = first;
    this.issueNos = new Uint32Array(users);
  }

  /** Users who know where they stand. */
  get answered(): number {
    return this.#answered;
  }

  note(user: number, outcome: number, issueNo: number): void {
    this.#answered++;
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
    this.issueNos[user - this.#first] = issueNo;
  }
}
