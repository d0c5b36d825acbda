import { GrpcConnection } from "../load/grpc-connection.ts";
import { ISSUE_COUPON_PATH, readIssueCoupon, varintOf, writeIssueCoupon } from "../load/issue-messages.ts";
import { userIdOf } from "../load/user-ids.ts";
import { Schedule, type Phase } from "./schedule.ts";
import { type PhaseCount, PhaseTally } from "./phase-tally.ts";

/** What a generator is to do: callers come at the rates of the phases, whatever the service does. Times in ms. */
export interface FloodOrder {
  /** `host:port` of the service. */
  readonly address: string;
  readonly couponId: string;
  /** The first of the users, see `userIdOf`. */
  readonly first: number;
  readonly connections: number;
  /** Calls under way on each at most, as a gRPC client's connection has it. Callers beyond it wait for one to end. */
  readonly callsEach: number;
  /** Who could not even ask after this long gives up. */
  readonly patienceMs: number;
  readonly phases: readonly Phase[];
}

const TICK_MS = 1;
const STALL_MS = 60_000;

/** Lets callers ask in an open loop: each one's time counts from when it came, not from when its call could be sent. */
export async function flood(order: FloodOrder): Promise<readonly PhaseCount[]> {
  const { address, couponId, first, connections, callsEach, patienceMs, phases } = order;
  const broken = Promise.withResolvers<never>();
  const fronts: readonly GrpcConnection[] = await Promise.all(
    Array.from({ length: connections }, () => GrpcConnection.open(address, ISSUE_COUPON_PATH, broken.reject)),
  );
  const schedule = new Schedule(phases);
  const tallies = phases.map(() => new PhaseTally());
  const coupon = varintOf(couponId);
  const request = Buffer.alloc(128);
  const startedAt = performance.now();
  const over = Promise.withResolvers<void>();
  let next = 0;
  let settled = 0;
  let turn = 0;
  let lastAt = startedAt;

  const ask = (front: GrpcConnection, nth: number, tally: PhaseTally, dueAt: number): void => {
    const sentAt = performance.now() - startedAt;
    let outcome = 0;
    const length = writeIssueCoupon(request, coupon, userIdOf(first + nth));
    front.callUnary(request, length, {
      onMessage: (message) => readIssueCoupon(message, (told) => (outcome = told)),
      onEnd: () => {
        const now = performance.now() - startedAt;
        if (outcome > 0) tally.served(now, { dueAt, sentAt });
        else tally.refused(now, { dueAt, sentAt });
        settled += 1;
        lastAt = now + startedAt;
      },
    });
  };
  const send = (): void => {
    const now = performance.now() - startedAt;
    const due = schedule.dueBy(now);
    for (let full = 0; next < due && full < connections;) {
      const { phase, dueAt } = schedule.find(next);
      const tally = tallies[phase] as PhaseTally;
      if (now - dueAt > patienceMs) {
        tally.gaveUp();
        next += 1;
        settled += 1;
        continue;
      }
      const front = fronts[(turn = (turn + 1) % connections)] as GrpcConnection;
      if (front.open >= callsEach) {
        full += 1;
        continue;
      }
      full = 0;
      ask(front, next, tally, dueAt);
      next += 1;
    }
    if (settled === schedule.callers) over.resolve();
    if (performance.now() - lastAt > STALL_MS) broken.reject(new Error(`no answer for ${STALL_MS} ms`));
  };
  const ticking = setInterval(send, TICK_MS);
  try {
    await Promise.race([over.promise, broken.promise]);
  } finally {
    clearInterval(ticking);
    for (const front of fronts) front.close();
  }
  return tallies.map((tally) => tally.count());
}
