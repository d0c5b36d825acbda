import { OrderService, ProductService } from "@firstcome/contracts/order";
import { Code, implement, RpcError, type RpcServer, type ServerSpec, startServer } from "@firstcome/rpc";
import { silentLogger } from "@firstcome/runtime";
import { cleanUpAfterFile, findFreePort } from "@firstcome/testkit";

export interface TestSale {
  orderId: string;
  /** Product id → pieces. */
  items: Record<string, number>;
}

/**
 * The order service as the ranking sees it, with the products and the paid orders that a test gives it. Speaks the real
 * contract on a real port; what it answers, and when, is the test's to say.
 */
export class ScriptedOrderService {
  /** Product id → name. Each costs 1 000 KRW. */
  readonly products = new Map<string, string>();
  /** Called with the method before it answers; what it throws, or waits for, so does the method. */
  before: (method: "batchGetProducts" | "listSales") => unknown = () => undefined;
  /** Calls so far, refused ones as well. */
  readonly calls = { batchGetProducts: 0, listSales: 0 };
  /** ListSales gives no more than this, whatever is asked for. */
  maxPageSize = 500;
  readonly #paid = new Map<string, TestSale[]>();
  #server: RpcServer | undefined;
  #port: number | undefined;

  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  pay(day: string, ...sales: readonly TestSale[]): void {
    this.#paid.set(day, [...(this.#paid.get(day) ?? []), ...sales]);
  }

  cancel(day: string, orderId: string): void {
    this.#paid.set(
      day,
      (this.#paid.get(day) ?? []).filter((sale) => sale.orderId !== orderId),
    );
  }

  /** As if nobody had ever paid. */
  forget(): void {
    this.#paid.clear();
  }

  /** Product id → pieces in the paid orders of a day. */
  sold(day: string): Record<string, number> {
    const sold: Record<string, number> = {};
    for (const { items } of this.#paid.get(day) ?? []) {
      for (const [productId, pieces] of Object.entries(items)) sold[productId] = (sold[productId] ?? 0) + pieces;
    }
    return sold;
  }

  /** At the same port as before, if there was one. */
  async start(auth?: ServerSpec["auth"]): Promise<void> {
    const services = [implement(OrderService, this.#orders), implement(ProductService, this.#products)];
    this.#port ??= await findFreePort();
    const spec = { name: "order", host: "127.0.0.1", port: this.#port, services, log: silentLogger };
    this.#server = await startServer({ ...spec, auth });
  }

  async stop(): Promise<void> {
    await this.#server?.drain(0);
    this.#server = undefined;
  }

  readonly #orders: Parameters<typeof implement<typeof OrderService>>[1] = {
    createOrder: unused,
    payOrder: unused,
    cancelOrder: unused,
    getOrder: unused,
    listOrders: unused,
    listSales: async ({ day, pageSize, pageToken }) => {
      this.calls.listSales += 1;
      await this.before("listSales");
      const size = Math.min(pageSize === 0 ? 500 : pageSize, this.maxPageSize);
      const rest = (this.#paid.get(day) ?? [])
        .filter(({ orderId }) => BigInt(orderId) > BigInt(pageToken === "" ? 0 : pageToken))
        .toSorted((a, b) => Number(BigInt(a.orderId) - BigInt(b.orderId)));
      const page = rest.slice(0, size);
      return {
        sales: page.map(({ orderId, items }) => ({
          orderId,
          productIds: Object.keys(items),
          quantities: Object.values(items),
        })),
        nextPageToken: rest.length > size ? (page.at(-1)?.orderId ?? "") : "",
      };
    },
  };

  readonly #products: Parameters<typeof implement<typeof ProductService>>[1] = {
    createProduct: unused,
    getProduct: unused,
    listProducts: unused,
    addStock: unused,
    batchGetProducts: async ({ productIds }) => {
      this.calls.batchGetProducts += 1;
      await this.before("batchGetProducts");
      return {
        products: productIds.flatMap((id) => {
          const name = this.products.get(id);
          return name === undefined ? [] : [{ id, name, priceKrw: 1_000n, stock: 5 }];
        }),
      };
    },
  };
}

/** One that runs until the file is through, with products 1, 2, … of these names. */
export async function startOrderService(...names: string[]): Promise<ScriptedOrderService> {
  const orders = new ScriptedOrderService();
  for (const [i, name] of names.entries()) orders.products.set(String(i + 1), name);
  await orders.start();
  cleanUpAfterFile(() => orders.stop());
  return orders;
}

async function unused(): Promise<never> {
  throw new RpcError(Code.UNIMPLEMENTED, "UNIMPLEMENTED", "the ranking does not call this");
}
