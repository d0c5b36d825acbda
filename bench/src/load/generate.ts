import { Ledger } from "./ledger.ts";
import { ClosedPacer } from "./closed-pace.ts";
import { OpenPacer } from "./open-pace.ts";
import type { LoadDone, LoadOrder } from "./orders.ts";
import type { Pacer } from "./pacer.ts";
import { openStreamAsker } from "./stream-asker.ts";
import { openUnaryAsker } from "./unary-asker.ts";

/** Without an answer for so long, the rest counts as failed. */
const STALL_MS = 15_000;
const STALL_CHECK_MS = 500;

/** Lets users ask as ordered, and tells what they were told. @throws when a connection fails. */
export async function generate(order: LoadOrder): Promise<LoadDone> {
  const ledger = new Ledger(order.first, order.users);
  const { pace } = order;
  const pacer: Pacer =
    pace.kind === "closed" ? new ClosedPacer(order, pace, ledger.answers) : new OpenPacer(order, pace, ledger.answers);
  const broken = Promise.withResolvers<never>();
  let lastAt = 0;
  const listener = {
    answered: (user: number, outcome: number, issueNo: number) => ledger.note(user, outcome, issueNo),
    settled: (connection: number, first: number, count: number) => {
      lastAt = performance.now();
      pacer.settled(connection, first, count);
    },
  };
  const openAsker = order.method === "unary" ? openUnaryAsker : openStreamAsker;
  const asker = await openAsker(order, listener, broken.reject);

  const cpuAtStart = process.cpuUsage();
  const startedAt = (lastAt = performance.now());
  const stalled = Promise.withResolvers<void>();
  const watch = setInterval(() => {
    if (performance.now() - lastAt > STALL_MS) stalled.resolve();
  }, STALL_CHECK_MS);
  try {
    pacer.start(asker);
    await Promise.race([pacer.done, stalled.promise, broken.promise]);
  } finally {
    clearInterval(watch);
    asker.close();
  }
  const { user, system } = process.cpuUsage(cpuAtStart);
  return {
    asked: pacer.asked,
    outcomes: ledger.outcomes,
    issueNos: ledger.issueNos.slice(0, pacer.asked),
    failed: pacer.asked - ledger.answered,
    ms: lastAt - startedAt,
    answers: ledger.answers.encode(),
    generatorCpuSeconds: (user + system) / 1_000_000,
  };
}
