import { type RawQueryFragment, sql } from "@mikro-orm/core";
import type { SqlEntityManager } from "@mikro-orm/mysql";
import { Product } from "./entities/product.ts";

/** A row of `product`. */
export interface ProductRow {
  id: string;
  name: string;
  priceKrw: number;
  stock: number;
  /** Epoch ms. */
  createdAt: number;
}

/** The table `product`, within one unit of work. */
export class ProductRepository {
  readonly #em: SqlEntityManager;

  constructor(em: SqlEntityManager) {
    this.#em = em;
  }

  async find(id: string): Promise<ProductRow | undefined> {
    const product = await this.#em.findOne(Product, { id });
    return product ? toRow(product) : undefined;
  }

  /** Those of them that exist, in any order. */
  async findAll(ids: readonly string[]): Promise<ProductRow[]> {
    if (ids.length === 0) return [];
    const products = await this.#em.find(Product, { id: { $in: [...ids] } });
    return products.map(toRow);
  }

  /** By id, after `after`. */
  async page({ after, limit }: { after?: string | undefined; limit: number }): Promise<ProductRow[]> {
    const products = await this.#em.find(Product, after === undefined ? {} : { id: { $gt: after } }, {
      orderBy: { id: "asc" },
      limit,
    });
    return products.map(toRow);
  }

  async insert({ createdAt, ...rest }: Omit<ProductRow, "id">): Promise<ProductRow> {
    const product = this.#em.create(Product, { ...rest, createdAt: new Date(createdAt) });
    await this.#em.flush();
    return toRow(product);
  }

  /** Takes so many pieces, or none when there are fewer. */
  async take(id: string, pieces: number): Promise<boolean> {
    const enough = { id, stock: { $gte: pieces } };
    return (await this.#em.nativeUpdate(Product, enough, { stock: sql<RawQueryFragment>`stock - ${pieces}` })) === 1;
  }

  /** Adds pieces, or none when there would be more than `atMost` then. False also when there is no such product. */
  async add(id: string, pieces: number, atMost = MAX_STOCK): Promise<boolean> {
    const roomFor = { id, stock: { $lte: atMost - pieces } };
    return (await this.#em.nativeUpdate(Product, roomFor, { stock: sql<RawQueryFragment>`stock + ${pieces}` })) === 1;
  }
}

/** Of the column. */
const MAX_STOCK = 2 ** 32 - 1;

function toRow({ id, name, priceKrw, stock, createdAt }: Product): ProductRow {
  return { id, name, priceKrw, stock, createdAt: createdAt.getTime() };
}
