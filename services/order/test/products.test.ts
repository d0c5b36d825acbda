import { Code } from "@firstcome/rpc";
import { describe, expect, it } from "vitest";
import { atOnce } from "./support/at-once.ts";
import { Counter, newId } from "./support/counter.ts";
import { connect, startShop } from "./support/start-shop.ts";

const { counter, client, service } = await startShop();
const { products } = client;

const unknown = "9223372036854775807";
const notFound = { code: Code.NOT_FOUND, reason: "PRODUCT_NOT_FOUND", metadata: { product_id: unknown } };
const reused = { code: Code.ABORTED, reason: "REQUEST_ID_REUSED" };

describe("CreateProduct", () => {
  it("makes a product that is there from then on", async () => {
    const request = { requestId: newId(), name: "제주 감귤 5kg", priceKrw: 19_900n, stock: 300 };

    const { product } = await products.createProduct(request);

    expect(product).toMatchObject({ name: "제주 감귤 5kg", priceKrw: 19_900n, stock: 300 });
    expect((await products.getProduct({ productId: product?.id ?? "" })).product).toEqual(product);
    expect((await products.createProduct(request)).product).toEqual(product);
  });

  it("makes one when ten ask at the same instant over two connections", async () => {
    const request = { requestId: newId(), name: "만두", priceKrw: 1n, stock: 1 };
    const other = connect(service.address);

    const answers = await Promise.all(atOnce(10, [client, other], (one) => one.products.createProduct(request)));

    expect(new Set(answers.map(({ product }) => product?.id)).size).toBe(1);
  });

  it("refuses the same request id with other content", async () => {
    const request = { requestId: newId(), name: "만두", priceKrw: 1n, stock: 1 };
    await products.createProduct(request);

    await expect(products.createProduct({ ...request, stock: 2 })).rejects.toMatchObject(reused);
  });
});

describe("GetProduct", () => {
  it("says when there is none", async () => {
    await expect(products.getProduct({ productId: unknown })).rejects.toMatchObject(notFound);
  });
});

describe("BatchGetProducts", () => {
  it("gives those that exist, in the order asked for", async () => {
    const ids = [await counter.product({ name: "하나" }), await counter.product({ name: "둘" })];
    const [one = "", two = ""] = ids;

    const answer = await products.batchGetProducts({ productIds: [two, unknown, one] });

    expect(answer.products.map(({ name }) => name)).toEqual(["둘", "하나"]);
    await expect(products.batchGetProducts({ productIds: [] })).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
  });
});

describe("ListProducts", () => {
  it("pages all products by id", async () => {
    for (let n = 0; n < 5; n += 1) await counter.product();

    const { products: all, nextPageToken } = await products.listProducts({ pageSize: 200 });
    expect(nextPageToken).toBe("");
    const paged = [];
    let pageToken = "";
    do {
      const page = await products.listProducts({ pageSize: 2, pageToken });
      paged.push(...page.products);
      pageToken = page.nextPageToken;
    } while (pageToken !== "");

    expect(paged).toEqual(all);
    expect(all.map(({ id }) => Number(id))).toEqual(all.map(({ id }) => Number(id)).toSorted((a, b) => a - b));
  });
});

describe("AddStock", () => {
  it("adds pieces once for each request id, however many ask at once", async () => {
    const productId = await counter.product({ stock: 5 });
    const request = { requestId: newId(), productId, quantity: 10 };
    const other = connect(service.address);

    await Promise.all(atOnce(10, [client, other], (one) => one.products.addStock(request)));

    expect(await counter.stock(productId)).toBe(15);
    expect((await products.addStock({ ...request, requestId: newId() })).product?.stock).toBe(25);
  });

  it("refuses the same request id with other content", async () => {
    const [productId, other] = [await counter.product({ stock: 5 }), await counter.product()];
    const request = { requestId: newId(), productId, quantity: 10 };
    await products.addStock(request);

    await expect(products.addStock({ ...request, quantity: 11 })).rejects.toMatchObject(reused);
    await expect(products.addStock({ ...request, productId: other })).rejects.toMatchObject(reused);
  });

  it("says when there is no such product, or would be too much of it, and leaves the request id free", async () => {
    const requestId = newId();
    const productId = await counter.product({ stock: 100_000_000 });

    await expect(products.addStock({ requestId, productId: unknown, quantity: 1 })).rejects.toMatchObject(notFound);
    for (let n = 0; n < 9; n += 1) await products.addStock({ requestId: newId(), productId, quantity: 100_000_000 });
    await expect(products.addStock({ requestId, productId, quantity: 1 })).rejects.toMatchObject({
      code: Code.FAILED_PRECONDITION,
      reason: "STOCK_TOO_LARGE",
    });
    await new Counter(client).pay(await counter.order({ [productId]: 1 }));
    expect((await products.addStock({ requestId, productId, quantity: 1 })).product?.stock).toBe(1_000_000_000);
  });
});
