import { createFirstcomeClient } from "@firstcome/client";
import { CouponAdminService } from "@firstcome/contracts/coupon";
import { DispatchAdminService } from "@firstcome/contracts/dispatch";
import { implement, type ServiceHandlers, startServer } from "@firstcome/rpc";
import { silentLogger } from "@firstcome/runtime";
import { eventually } from "@firstcome/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import type { CallEntry } from "../src/history/entry.ts";
import { Operator } from "../src/load/operator.ts";
import { Rush } from "../src/load/rush.ts";
import { Sale } from "../src/load/sale.ts";
import type { Way } from "../src/load/ways.ts";
import { seededRandom } from "../src/random.ts";
import type { CallersClient } from "../src/stage/stage.ts";

type Admin = ServiceHandlers<typeof CouponAdminService>;
type Dispatch = ServiceHandlers<typeof DispatchAdminService>;

/** Callers of a front end whose every answer is empty, but for what is given; and a sale of one coupon, 7. */
async function open(
  handlers: Partial<Admin> = {},
  dispatch: Partial<Dispatch> = {},
): Promise<{ clients: CallersClient[]; sale: Sale }> {
  const empty = (methods: readonly { localName: string }[]): object =>
    Object.fromEntries(methods.map(({ localName }) => [localName, async () => ({})]));
  const createCoupon = async (): Promise<{ coupon: { id: string } }> => ({ coupon: { id: "7" } });
  const services = [
    implement(CouponAdminService, { ...(empty(CouponAdminService.methods) as Admin), createCoupon, ...handlers }),
    implement(DispatchAdminService, { ...(empty(DispatchAdminService.methods) as Dispatch), ...dispatch }),
  ];
  const server = await startServer({ name: "test", host: "127.0.0.1", port: 0, services, log: silentLogger });
  onTestFinished(() => server.drain(0));
  const client = createFirstcomeClient({ coupon: server.address, dispatch: server.address });
  onTestFinished(() => client.close());
  const sale = new Sale({ clients: [client], atATime: 1, random: seededRandom(1) });
  await sale.begin();
  return { clients: [{ via: "coupon-1", client }], sale };
}

describe("an operator", () => {
  const spec = { name: "operator-1", winners: [], random: seededRandom(3), finishFrom: 0 };

  it("resumes at the end what it ever paused, whatever came of the pause", async () => {
    const asked: string[] = [];
    const { clients, sale } = await open({
      pauseCoupon: async () => {
        asked.push("pause");
        return {};
      },
      resumeCoupon: async () => {
        asked.push("resume");
        return {};
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
      finishCoupon: note("finish"),
      addStock: note("change"),
      pauseCoupon: note("change"),
      grantCoupons: note("other"),
      rebuildGate: note("other"),
      resumeCoupon: note("other"),
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
    const { clients, sale } = await open(
      {},
      {
        listDeadLetters: async () => ({ deadLetters: Array.from({ length: letters }, () => ({})) }),
        async *redriveDeadLetters() {
          yield { redriven: 1 };
          yield { redriven: letters };
          letters = 0;
        },
      },
    );
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
  async function rushTold(outcome: "PAUSED" | "SOLD_OUT" | "FINISHED"): Promise<number> {
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
    return rush.askOnceMore();
  }

  it.each(["SOLD_OUT", "FINISHED"] as const)("finds everybody answered when all are told %s", async (outcome) => {
    expect(await rushTold(outcome)).toBe(0);
  });

  it("finds those unanswered who are told, when all is well again, that the coupon is paused", async () => {
    expect(await rushTold("PAUSED")).toBeGreaterThan(0);
  });
});
