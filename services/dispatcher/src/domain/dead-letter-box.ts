/** What could not be handled, kept until an operator decides. */
export interface DeadLetterBox {
  /** What the id of a letter looks like. */
  readonly idForm: RegExp;
  /**
   * A page, oldest first within each partition: at most `limit` letters, and fewer when their items would not fit into a message.
   * `next` is the `after` of the next page; undefined on the last.
   */
  list(page: { after?: string; limit: number }): Promise<{ letters: DeadLetter[]; next: string | undefined }>;
  /** The ids of all that are there when it begins: what dies while they are gone through is left for another time. */
  ids(): AsyncIterable<string>;
  /** Puts a letter back on the hand-off. False: it is not there. */
  redrive(id: string): Promise<boolean>;
  /** Deletes a letter for good and returns it. Undefined: it is not there. */
  discard(id: string): Promise<DeadLetter | undefined>;
}

/** Items of one batch that died for the same reason. Times are epoch ms. */
export interface DeadLetter {
  readonly id: string;
  readonly batchId: string;
  readonly couponId: string;
  readonly acceptedAt: number;
  readonly userIds: readonly string[];
  readonly issueNos: readonly number[];
  readonly reason: string;
  readonly attempts: number;
  readonly deadSince: number;
}
