import { eventually } from "@firstcome/testkit";
import { describe, expect, it } from "vitest";
import type { CallEntry } from "../src/history/entry.ts";
import { Load } from "../src/load/load.ts";
import { Operator } from "../src/load/operator.ts";
import { Rush } from "../src/load/rush.ts";
import { Sale } from "../src/load/sale.ts";
import type { Way } from "../src/load/ways.ts";
import { seededRandom } from "../src/random.ts";
import type { CallersClient } from "../src/stage/stage.ts";
import { type FrontEnd, openFrontEnd } from "./front-end.ts";

/** Callers of a front end, and a sale of its one coupon. */
async function open(frontEnd: FrontEnd = {}): Promise<{ clients: CallersClient[]; sale: Sale }> {
  const clients = [await openFrontEnd(frontEnd)];
  const sale = new Sale({ clients: clients.map(({ client }) => client), atATime: 1, random: seededRandom(1) });
  await sale.begin();
  return { clients, sale };
}

describe("an operator", () => {
  const spec = { name: "operator-1", winners: [], random: seededRandom(3), finishFrom: 0 };

  it("resumes at the end what it ever paused, whatever came of the pause", async () => {
    const asked: string[] = [];
    const { clients, sale } = await open({
      admin: {
        pauseCoupon: async () => {
          asked.push("pause");
          return {};
        },
        resumeCoupon: async () => {
          asked.push("resume");
          return {};
        },
      },
    });
    const operator = new Operator({ ...spec, clients, sale, hear: () => undefined });
    await eventually(() => asked.at(-1) === "resume");
    const before = asked.filter((what) => what === "resume").length;
    expect(await operator.end()).toBe(0);
    expect(asked.at(-1)).toBe("resume");
    expect(asked.filter((what) => what === "resume").length).toBeGreaterThan(before);
  });

  it("tries to change what it has finished", async () => {
    const asked: string[] = [];
    const note = (what: string) => async (): Promise<object> => {
      asked.push(what);
      return {};
    };
    const { clients, sale } = await open({
      admin: {
        finishCoupon: note("finish"),
        addStock: note("change"),
        pauseCoupon: note("change"),
        grantCoupons: note("other"),
        rebuildGate: note("other"),
        resumeCoupon: note("other"),
      },
    });
    const operator = new Operator({ ...spec, clients, sale, hear: () => undefined });
    await eventually(() => asked.indexOf("finish") >= 0 && asked.indexOf("finish") < asked.length - 1, {
      timeoutMs: 120_000,
    });
    await operator.end();
    expect(asked[asked.indexOf("finish") + 1]).toBe("change");
  });

  it("puts dead letters back as long as there are any, and counts them", async () => {
    let letters = 3;
    const { clients, sale } = await open({
      dispatch: {
        listDeadLetters: async () => ({ deadLetters: Array.from({ length: letters }, () => ({})) }),
        async *redriveDeadLetters() {
          yield { redriven: 1 };
          yield { redriven: letters };
          letters = 0;
        },
      },
    });
    const operator = new Operator({ ...spec, clients, sale, hear: () => undefined });
    await operator.end();
    expect([letters, operator.redriven]).toEqual([0, 3]);
    await operator.redrive();
    expect(operator.redriven).toBe(3);
  });

  it("keeps what it cannot go on from until it is ended", async () => {
    const { clients, sale } = await open();
    const mistake = new TypeError("a mistake");
    const heard: CallEntry[] = [];
    const hear = (entry: CallEntry): void => {
      heard.push(entry);
      throw mistake;
    };
    const operator = new Operator({ ...spec, clients, sale, hear });
    await eventually(() => heard.length > 0);
    // As long as an error that nobody handles needs to end the process.
    await new Promise((turn) => void setImmediate(turn));
    await expect(operator.end()).rejects.toBe(mistake);
  });
});

describe("a rush", () => {
  /** What everybody is told. */
  async function rushTold(outcome: "PAUSED" | "SOLD_OUT" | "FINISHED", patienceMs?: number): Promise<number> {
    const { sale } = await open();
    const way = { via: "coupon-1", ask: async () => ({ outcome }) } as const;
    const ways: Way[] = [
      { ...way, call: "IssueCoupon" },
      { ...way, call: "issue" },
    ];
    let heard = 0;
    const rush = new Rush({ ways, sale, random: seededRandom(1), hear: () => void (heard += 1) });
    await eventually(() => heard > 0);
    await rush.end();
    await sale.settled();
    return rush.askOnceMore(patienceMs);
  }

  it.each(["SOLD_OUT", "FINISHED"] as const)("finds everybody answered when all are told %s", async (outcome) => {
    expect(await rushTold(outcome)).toBe(0);
  });

  it("asks once more only until its patience is over, and finds everyone unanswered whose turn has not come", async () => {
    expect(await rushTold("SOLD_OUT", 0)).toBeGreaterThan(0);
  });

  it("finds those unanswered who are told, when all is well again, that the coupon is paused", async () => {
    expect(await rushTold("PAUSED")).toBeGreaterThan(0);
  });
});

describe("the load of a run", () => {
  it("is gone when it is disposed of, although somebody waits for an answer that does not come", async () => {
    const waiting = Promise.withResolvers<void>();
    const pauseCoupon = async (): Promise<never> => {
      waiting.resolve();
      return new Promise(() => undefined);
    };
    const clients = [await openFrontEnd({ admin: { pauseCoupon } })];
    const heard: CallEntry[] = [];
    const hear = (entry: CallEntry): void => void heard.push(entry);
    const load = await Load.begin({ clients, seed: 1, seconds: 10, winners: [], hear });
    await waiting.promise;
    await load[Symbol.asyncDispose]();
    const cutOff = expect.objectContaining({
      call: "PauseCoupon",
      answer: expect.objectContaining({ code: "CANCELLED" }),
    });
    expect(heard).toContainEqual(cutOff);
    const heardByThen = heard.length;
    await Promise.all([load.rush.end(), load.shopping.end(), load.sale.settled()]);
    expect(heard).toHaveLength(heardByThen);
  });
});
