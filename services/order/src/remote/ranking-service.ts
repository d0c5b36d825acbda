import type { FirstcomeClient } from "@firstcome/client";
import { SalesEvent } from "@firstcome/contracts/ranking";
import type { SalesMessage } from "../domain/messages.ts";
import { remoteFault } from "./remote-fault.ts";

/** The ranking service, called over gRPC. No call takes longer than `timeoutMs`. */
export class RankingServiceClient {
  readonly #client: Pick<FirstcomeClient, "ranking">;
  readonly #timeoutMs: number;

  constructor(client: Pick<FirstcomeClient, "ranking">, { timeoutMs }: { timeoutMs: number }) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Has an order's sales counted, or taken back. May be repeated.
   *
   * @throws UnavailableError when it is not known what came of it
   */
  async record({ orderId, event, day, items }: SalesMessage): Promise<void> {
    const request = {
      orderId,
      day,
      event: SalesEvent[event],
      productIds: items.map(({ productId }) => productId),
      quantities: items.map(({ quantity }) => quantity),
    };
    try {
      await this.#client.ranking.recordSales(request, { timeoutMs: this.#timeoutMs });
    } catch (error) {
      throw remoteFault("RANKING_SERVICE", error);
    }
  }
}
