import type { Order, Report } from "./messages.ts";

/** What a child does on an order; what it returns, or throws, is told to the parent. */
export type Obey = (given: never) => Promise<unknown>;

const LEFT_BEHIND_MS = 5_000;

/** Does what the parent says, one order after the other, until it says "stop" or is gone; then calls `atEnd`. */
export async function obeyParent(orders: Readonly<Record<string, Obey>>, atEnd: () => Promise<void>): Promise<void> {
  // A Ctrl-C reaches the whole process group; the parent decides the order of the end.
  process.on("SIGINT", () => {});
  for await (const { order, given } of receiveOrders()) {
    if (order === "stop") break;
    report(await obey(orders[order], given));
  }
  await atEnd();
  if (process.connected) process.disconnect?.();
}

async function obey(order: Obey | undefined, given: unknown): Promise<Report> {
  if (order === undefined) return { tells: "failed", why: "no such order" };
  try {
    return { tells: "done", result: await order(given as never) };
  } catch (error) {
    return { tells: "failed", why: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function report(message: Report): void {
  if (process.connected) process.send?.(message);
}

async function* receiveOrders(): AsyncGenerator<Order> {
  const waiting: Order[] = [];
  let arrived = Promise.withResolvers<void>();
  const take = (order: Order): void => {
    waiting.push(order);
    arrived.resolve();
  };
  process.on("message", (order) => take(order as Order));
  process.on("disconnect", () => {
    take({ order: "stop", given: undefined });
    // Whatever still runs has nobody to tell.
    setTimeout(() => process.exit(1), LEFT_BEHIND_MS).unref();
  });
  while (true) {
    const order = waiting.shift();
    if (order !== undefined) {
      yield order;
      continue;
    }
    await arrived.promise;
    arrived = Promise.withResolvers();
  }
}
