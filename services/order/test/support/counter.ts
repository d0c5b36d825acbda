import type { FirstcomeClient } from "@firstcome/client";
import type { Order, Product } from "@firstcome/contracts/order";
import { randomUUID } from "node:crypto";

/** Quantities by product. */
export type Basket = Readonly<Record<string, number>>;

/** Where customers and operators go. Each request has an id of its own unless one is given. */
export class Counter {
  readonly #client: FirstcomeClient;

  constructor(client: FirstcomeClient) {
    this.#client = client;
  }

  /** A new product; its id. */
  async product({ stock = 100, priceKrw = 10_000n, name = "유기농 사과 3kg" } = {}): Promise<string> {
    const { product } = await this.#client.products.createProduct({ requestId: newId(), name, priceKrw, stock });
    return there(product).id;
  }

  async stock(productId: string): Promise<number> {
    return (await this.look(productId)).stock;
  }

  async look(productId: string): Promise<Product> {
    return there((await this.#client.products.getProduct({ productId })).product);
  }

  async order(basket: Basket, { userId = "kim", couponId = "0", requestId = newId() } = {}): Promise<Order> {
    const items = Object.entries(basket).map(([productId, quantity]) => ({ productId, quantity }));
    return there((await this.#client.orders.createOrder({ requestId, userId, items, couponId })).order);
  }

  async pay({ id: orderId, userId }: Pick<Order, "id" | "userId">, requestId = newId()): Promise<Order> {
    return there((await this.#client.orders.payOrder({ requestId, orderId, userId })).order);
  }

  async cancel({ id: orderId, userId }: Pick<Order, "id" | "userId">): Promise<Order> {
    return there((await this.#client.orders.cancelOrder({ orderId, userId })).order);
  }

  async find({ id: orderId, userId }: Pick<Order, "id" | "userId">): Promise<Order> {
    return there((await this.#client.orders.getOrder({ orderId, userId })).order);
  }
}

export function newId(): string {
  return randomUUID();
}

export function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the answer is empty");
  return value;
}
