import type { FirstcomeClient } from "@firstcome/client";
import type { ComputeDeps } from "../domain/compute-popular.ts";
import { askOrderService } from "./faults.ts";

/** A reading by primary key; whoever waits for it has an older answer at hand, as a rule. */
const TIMEOUT_MS = 2_000;

type Products = ComputeDeps["products"];

/** Names and prices, from the order service. */
export class ProductDetails implements Products {
  readonly #client: Pick<FirstcomeClient, "products">;

  constructor(client: Pick<FirstcomeClient, "products">) {
    this.#client = client;
  }

  async find(productIds: readonly string[]): Promise<Map<string, { name: string; priceKrw: number }>> {
    if (productIds.length === 0) return new Map();
    const { products } = await askOrderService(() =>
      this.#client.products.batchGetProducts({ productIds: [...productIds] }, { timeoutMs: TIMEOUT_MS }),
    );
    return new Map(products.map(({ id, name, priceKrw }) => [id, { name, priceKrw: Number(priceKrw) }]));
  }
}
