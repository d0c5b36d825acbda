import {
  abandon,
  claim,
  type Database,
  ProductRepository,
  type RequestKey,
  remember,
  transact,
} from "@firstcome/database";
import { MAX_STOCK, type Product, type ProductMaker } from "../domain/product.ts";
import { askDatabase } from "./faults.ts";

/** Products as the database has them. A row is the domain's Product, field by field. */
export class MysqlProducts implements ProductMaker {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  find(productId: string): Promise<Product | undefined> {
    return askDatabase(() => this.#repository().find(productId));
  }

  /** Those of them that exist, in any order. */
  findAll(productIds: readonly string[]): Promise<Product[]> {
    return askDatabase(() => this.#repository().findAll(productIds));
  }

  /** By id. `after` is the last id of the page before. */
  page(page: { after?: string | undefined; limit: number }): Promise<Product[]> {
    return askDatabase(() => this.#repository().page(page));
  }

  create: ProductMaker["create"] = (requestId, product) => {
    const { name, priceKrw, stock } = product;
    const key: RequestKey = { scope: "CreateProduct", requestId, content: { name, priceKrw, stock } };
    return askDatabase(() =>
      transact(this.#db, async (em) => {
        const products = new ProductRepository(em);
        const claimed = await claim(em, key);
        if (claimed.kind === "REUSED") return "REQUEST_ID_REUSED";
        if (claimed.kind === "REPEATED") return existing(products, claimed.resourceId);
        const row = await products.insert(product);
        await remember(em, key, row.id);
        return row;
      }),
    );
  };

  addStock: ProductMaker["addStock"] = (requestId, productId, pieces) => {
    // Coupons have an AddStock of their own.
    const key: RequestKey = { scope: "AddProductStock", requestId, content: { productId, pieces } };
    return askDatabase(() =>
      transact(this.#db, async (em) => {
        const products = new ProductRepository(em);
        const claimed = await claim(em, key);
        if (claimed.kind === "REUSED") return "REQUEST_ID_REUSED";
        if (claimed.kind === "FIRST") {
          if (!(await products.add(productId, pieces, MAX_STOCK))) {
            await abandon(em, key);
            return (await products.find(productId)) ? "TOO_MANY" : "UNKNOWN_PRODUCT";
          }
          await remember(em, key, productId);
        }
        return existing(products, productId);
      }),
    );
  };

  #repository(): ProductRepository {
    return new ProductRepository(this.#db.em());
  }
}

async function existing(products: ProductRepository, id: string): Promise<Product> {
  const product = await products.find(id);
  if (!product) throw new Error(`product ${id} is not there any more`);
  return product;
}
