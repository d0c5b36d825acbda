import type { Letter } from "./messages.ts";
import type { Order } from "./order.ts";

/** An order that nobody else can change until the work on it ends. */
export interface LockedOrder {
  /** As it stood when it was locked. */
  readonly order: Order;
  /**
   * Epoch ms by the clock of the database, which all who change orders share: what one host notes and another judges is told
   * by it, since the clocks of two hosts may be minutes apart.
   */
  databaseNow(): Promise<number>;
  /** Binds the user's request id to the payment of this order. */
  claimPayment(requestId: string): Promise<"CLAIMED" | "REQUEST_ID_REUSED">;
  /** Writes how the order stands now, and what others must hear of it. */
  write(order: Order, letters?: readonly Letter[]): Promise<void>;
  /**
   * Takes the pieces of all items, each product's while there are enough.
   *
   * @returns the first product of which there are too few; the work must be rolled back then
   */
  takeStock(): Promise<{ missing: string } | undefined>;
  /** Puts the pieces of all items back. */
  giveStockBack(): Promise<void>;
}

/** How work on a locked order ends: with all of its writes, or with none. */
export interface Ending<T> {
  commit: boolean;
  answer: T;
}

export function commit<T>(answer: T): Ending<T> {
  return { commit: true, answer };
}

export function rollBack<T>(answer: T): Ending<T> {
  return { commit: false, answer };
}

/** Where orders are changed. */
export interface OrderLock {
  /**
   * Runs `work` on an order while everybody else who would change the same order waits. Rolled back when it throws. After a
   * deadlock it runs again from the start: whatever it does to other services must bear repetition.
   *
   * @returns undefined when there is no such order
   */
  withLock<T>(orderId: string, work: (locked: LockedOrder) => Promise<Ending<T>>): Promise<T | undefined>;
}
