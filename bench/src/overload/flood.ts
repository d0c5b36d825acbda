import type { Told } from "@firstcome/promise-check";
import { status } from "@grpc/grpc-js";
import { GrpcConnection } from "../load/grpc-connection.ts";
import { grpcMessageIn } from "../load/grpc-status.ts";
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

/** What became of a flood. */
export interface FloodDone {
  /** Of those of each phase. */
  readonly counts: readonly PhaseCount[];
  /** Each number that a user was told. */
  readonly told: readonly Told[];
}

const TICK_MS = 1;
const STALL_MS = 60_000;

/**
 * Lets callers ask in an open loop: each one's time counts from when it came, not from when its call could be sent.
 *
 * @throws when a connection fails, and when nobody has been answered for a minute.
 */
export async function flood(order: FloodOrder): Promise<FloodDone> {
  const broken = Promise.withResolvers<never>();
  const over = Promise.withResolvers<void>();
  const fronts = await Promise.all(
    Array.from({ length: order.connections }, () =>
      GrpcConnection.open(order.address, ISSUE_COUPON_PATH, broken.reject, { readsStatus: true }),
    ),
  );
  const callers = new Callers(order, fronts);
  const ticking = setInterval(() => {
    callers.send();
    if (callers.allSettled) over.resolve();
    else if (callers.msSinceAnswer > STALL_MS) broken.reject(new Error(`no answer for ${STALL_MS} ms`));
  }, TICK_MS);
  try {
    await Promise.race([over.promise, broken.promise]);
  } finally {
    clearInterval(ticking);
    for (const front of fronts) front.close();
  }
  return { counts: callers.counts(), told: callers.told };
}

/** Those who come, one after the other, by the schedule that begins now. */
class Callers {
  readonly told: Told[] = [];
  readonly #order: FloodOrder;
  readonly #fronts: readonly GrpcConnection[];
  readonly #schedule: Schedule;
  readonly #tallies: readonly PhaseTally[];
  readonly #coupon: Buffer;
  readonly #request = Buffer.alloc(128);
  readonly #startedAt = performance.now();
  #next = 0;
  #settled = 0;
  #turn = 0;
  #lastAnswerAt = 0;

  constructor(order: FloodOrder, fronts: readonly GrpcConnection[]) {
    this.#order = order;
    this.#fronts = fronts;
    this.#schedule = new Schedule(order.phases);
    this.#tallies = order.phases.map(() => new PhaseTally());
    this.#coupon = varintOf(order.couponId);
  }

  /** Whether everybody has come, and was answered or gave up. */
  get allSettled(): boolean {
    return this.#settled === this.#schedule.callers;
  }

  get msSinceAnswer(): number {
    return this.#now() - this.#lastAnswerAt;
  }

  counts(): PhaseCount[] {
    return this.#tallies.map((tally) => tally.count());
  }

  /** Sends the calls of those who have come, as far as the connections have room for them. */
  send(): void {
    const now = this.#now();
    const due = this.#schedule.dueBy(now);
    while (this.#next < due) {
      const { phase, dueAt } = this.#schedule.find(this.#next);
      const tally = this.#tallies[phase] as PhaseTally;
      if (now - dueAt > this.#order.patienceMs) {
        tally.gaveUp();
        this.#settled += 1;
      } else {
        const front = this.#findRoom();
        if (front === undefined) return;
        this.#ask(front, this.#order.first + this.#next, tally, dueAt);
      }
      this.#next += 1;
    }
  }

  /** A connection that takes another call, by turns. */
  #findRoom(): GrpcConnection | undefined {
    for (let tried = 0; tried < this.#fronts.length; tried++) {
      this.#turn = (this.#turn + 1) % this.#fronts.length;
      const front = this.#fronts[this.#turn] as GrpcConnection;
      if (front.open < this.#order.callsEach) return front;
    }
    return undefined;
  }

  #ask(front: GrpcConnection, user: number, tally: PhaseTally, dueAt: number): void {
    const sentAt = this.#now();
    const userId = userIdOf(user);
    let outcome = 0;
    const length = writeIssueCoupon(this.#request, this.#coupon, userId);
    front.callUnary(this.#request, length, {
      onMessage: (message) =>
        readIssueCoupon(message, (told, issueNo) => {
          outcome = told;
          if (issueNo > 0) this.told.push({ userId, issueNo });
        }),
      onEnd: (code, trailers) => {
        const now = this.#now();
        if (code === status.OK && outcome > 0) tally.served(now, { dueAt, sentAt });
        else if (code === status.RESOURCE_EXHAUSTED) tally.refused(now, { sentAt });
        else tally.failed(howItEnded(code, trailers));
        this.#settled += 1;
        this.#lastAnswerAt = now;
      },
    });
  }

  /** Ms since the start. */
  #now(): number {
    return performance.now() - this.#startedAt;
  }
}

function howItEnded(code: status | undefined, trailers: Buffer): string {
  if (code === undefined) return "a reset of the call";
  return code === status.OK ? "OK and no answer" : `${status[code] ?? code}: ${grpcMessageIn(trailers)}`;
}
