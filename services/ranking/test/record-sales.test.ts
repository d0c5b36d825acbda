import { SalesEvent } from "@firstcome/contracts/ranking";
import { Code } from "@firstcome/rpc";
import { describe, expect, it } from "vitest";
import { startOrderService } from "./support/order-service.ts";
import { startTestService } from "./support/start-service.ts";

const order = await startOrderService();
const { ranking, record, sold, redis, keys } = await startTestService({ order });
const CANCELLED = SalesEvent.CANCELLED;

describe("RecordSales", () => {
  it("counts an order once, asked ten times at once", async () => {
    const day = "20300101";
    const answers = await Promise.all(Array.from({ length: 10 }, () => record(day, "1", { 1: 2, 2: 1 })));
    expect(answers.filter((counted) => counted)).toHaveLength(1);
    expect(await sold(day)).toEqual({ 1: 2, 2: 1 });
    expect(await redis.hgetall(keys.ordersOfDay(day))).toEqual({ 1: "S" });
    expect(await redis.pttl(keys.salesOfDay(day))).toBeGreaterThan(13 * 86_400_000);
  });

  it("takes a cancelled order back, once", async () => {
    const day = "20300102";
    await record(day, "1", { 1: 2 });
    await record(day, "2", { 1: 5 });
    const answers = await Promise.all(Array.from({ length: 10 }, () => record(day, "1", { 1: 2 }, CANCELLED)));
    expect(answers.filter((counted) => counted)).toHaveLength(1);
    expect(await record(day, "1", { 1: 2 })).toBe(false);
    expect(await sold(day)).toEqual({ 1: 5 });
  });

  it("never counts an order whose cancellation came before its sale", async () => {
    const day = "20300103";
    expect(await record(day, "1", { 1: 2 }, CANCELLED)).toBe(false);
    expect(await record(day, "1", { 1: 2 })).toBe(false);
    expect(await sold(day)).toEqual({});
  });

  it("refuses what makes no sense", async () => {
    const sales = { orderId: "1", day: "20300104", event: SalesEvent.PAID, productIds: ["1"], quantities: [1] };
    const wrong = [
      { ...sales, day: "20300230" },
      { ...sales, day: "20301301" },
      { ...sales, day: "today" },
      { ...sales, event: SalesEvent.UNSPECIFIED },
      { ...sales, quantities: [1, 1] },
      { ...sales, productIds: ["1", "1"], quantities: [1, 1] },
      { ...sales, productIds: [], quantities: [] },
    ];
    for (const request of wrong) {
      await expect(ranking.recordSales(request)).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
    }
    for (const day of ["20300104", "20300230", "20301301"]) {
      expect(await redis.exists(keys.ordersOfDay(day))).toBe(0);
    }
  });
});
