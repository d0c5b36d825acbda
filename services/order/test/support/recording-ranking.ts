import { RankingAdminService, RankingService, type RecordSalesRequest, SalesEvent } from "@firstcome/contracts/ranking";
import { Code, implement, RpcError, type RpcServer, startServer } from "@firstcome/rpc";
import { silentLogger } from "@firstcome/runtime";
import { cleanUpAfterFile, eventually, findFreePort } from "@firstcome/testkit";

/** One RecordSales as a line: "7 PAID 20261122 1×2 5×1", that is order, event, day, products and pieces. */
export type Sale = string;

/** The ranking's place taken by a server that notes what it is told, and does in between what a test wants. */
export class RecordingRanking {
  /** Every call, in the order of arrival, repetitions included. */
  readonly calls: Sale[] = [];
  /** Runs once a call is noted, before it is answered; what it throws is the answer. */
  onRecord: (request: RecordSalesRequest) => Promise<void> = async () => {};
  #server: RpcServer | undefined;
  #port: number | undefined;

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    this.#server = await startServer({
      name: "ranking",
      host: "127.0.0.1",
      port: (this.#port ??= await findFreePort()),
      log: silentLogger,
      services: [
        implement(RankingService, {
          recordSales: (request) => this.#record(request),
          getPopularProducts: unused,
          watchPopularProducts: unused,
        }),
        implement(RankingAdminService, { refreshPopularProducts: unused, rebuildDailyRanking: unused }),
      ],
    });
  }

  /** Goes away; `start` brings it back at the same address. */
  async stop(): Promise<void> {
    await this.#server?.drain(0);
  }

  /** The calls about an order, once there are so many. */
  async callsOf(orderId: string, atLeast: number): Promise<Sale[]> {
    return eventually(() => {
      const calls = this.calls.filter((call) => call.startsWith(`${orderId} `));
      if (calls.length < atLeast) throw new Error(`${calls.length} calls of order ${orderId}`);
      return calls;
    });
  }

  async #record(request: RecordSalesRequest): Promise<{ counted: boolean }> {
    const { orderId, event, day, productIds, quantities } = request;
    const items = productIds.map((productId, i) => `${productId}×${quantities[i]}`);
    const sale = [orderId, event === SalesEvent.PAID ? "PAID" : "CANCELLED", day, ...items].join(" ");
    const counted = !this.calls.includes(sale);
    this.calls.push(sale);
    await this.onRecord(request);
    return { counted };
  }
}

export async function startRecordingRanking(): Promise<RecordingRanking> {
  const ranking = new RecordingRanking();
  await ranking.start();
  cleanUpAfterFile(() => ranking.stop());
  return ranking;
}

function unused(): never {
  throw new RpcError(Code.UNIMPLEMENTED, "UNIMPLEMENTED", "not part of this test");
}
