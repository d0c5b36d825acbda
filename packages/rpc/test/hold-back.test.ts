import { CouponService } from "@firstcome/contracts/coupon";
import { describe, expect, it } from "vitest";
import { Code, createClient, HoldBack, type RpcError, resourceExhausted } from "../src/index.ts";
import { coupons } from "./support/coupons.ts";
import { failureOf, open, serve } from "./support/serve.ts";

describe("holding back", () => {
  it("lets everything through while nothing is refused", () => {
    const calls = new HoldBack();
    for (let now = 0; now < 10_000; now += 1) {
      expect(calls.mayAsk(now, 0)).toBe(true);
      calls.taken(now);
    }
  });

  it("lets everything through before the first answer, so that a crowd is heard", () => {
    const calls = new HoldBack();
    for (let nth = 0; nth < 10_000; nth += 1) expect(calls.mayAsk(0, 0)).toBe(true);
  });

  it("never holds back those who ask little", () => {
    const calls = new HoldBack();
    for (let now = 0; now < 10_000; now += 10) {
      expect(calls.mayAsk(now, 0)).toBe(true);
      calls.refused(now);
    }
  });

  it("asks for half as much again as the server takes, of ten times as much", () => {
    const { asked, taken } = simulate({ perMs: 100, served: 10, from: 0, untilMs: 10_000, calls: new HoldBack() });
    expect(taken / 10_000).toBeCloseTo(10, 0);
    expect(asked / taken).toBeGreaterThan(1.3);
    expect(asked / taken).toBeLessThan(1.7);
  });

  it("lets everything through again some seconds after there is less to ask", () => {
    const calls = new HoldBack();
    simulate({ perMs: 100, served: 10, from: 0, untilMs: 5_000, calls });
    simulate({ perMs: 5, served: 10, from: 5_000, untilMs: 8_000, calls });
    const { asked, held } = simulate({ perMs: 5, served: 10, from: 8_000, untilMs: 9_000, calls });
    expect(held).toBe(0);
    expect(asked).toBe(5_000);
  });
});

describe("a channel to a server that is overloaded", () => {
  it("ends most calls itself, as the server would, and asks for all again when they are taken", async () => {
    let overloaded = true;
    let asked = 0;
    const server = await serve([
      coupons({
        async issueCoupon() {
          asked += 1;
          if (overloaded) throw resourceExhausted("OVERLOADED", "too many", 700);
          return { issueNo: 7 };
        },
      }),
    ]);
    const client = createClient(CouponService, open(server));
    const ask = () => client.issueCoupon({ couponId: "1", userId: "mina" });

    for (let round = 0; round < 10; round += 1) {
      const failures = await Promise.all(Array.from({ length: 200 }, () => failureOf(ask())));
      for (const error of failures) {
        expect(error).toMatchObject({ code: Code.RESOURCE_EXHAUSTED, reason: "OVERLOADED" });
        expect((error as RpcError).retryAfterMs).toBeGreaterThan(0);
      }
    }
    expect(asked).toBeLessThan(2_000);

    overloaded = false;
    for (;;) {
      const before = asked;
      const answers = await Promise.allSettled(Array.from({ length: 200 }, ask));
      if (asked - before < answers.length) continue;
      expect(answers.filter(({ status }) => status === "rejected")).toEqual([]);
      break;
    }
  });
});

interface Load {
  calls: HoldBack;
  /** Calls that come, and that the server takes, in a ms. */
  perMs: number;
  served: number;
  from: number;
  untilMs: number;
}

/** What comes of a load when each answer comes within the same ms. Chances are spread evenly. */
function simulate({ calls, perMs, served, from, untilMs }: Load): { asked: number; taken: number; held: number } {
  const count = { asked: 0, taken: 0, held: 0 };
  let chance = 0;
  for (let now = from; now < untilMs; now += 1) {
    let room = served;
    for (let nth = 0; nth < perMs; nth += 1) {
      chance = (chance + 0.618_034) % 1;
      if (!calls.mayAsk(now, chance)) {
        count.held += 1;
        continue;
      }
      count.asked += 1;
      if (room > 0) {
        room -= 1;
        count.taken += 1;
        calls.taken(now);
      } else calls.refused(now);
    }
  }
  return count;
}
