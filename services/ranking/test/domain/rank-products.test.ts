import { describe, expect, it } from "vitest";
import { rankProducts } from "../../src/domain/rank-products.ts";

describe("rankProducts", () => {
  it("puts most sold first, and equal sales by product id as a number", () => {
    const sales = [
      { productId: "10", sold: 2 },
      { productId: "9", sold: 2 },
      { productId: "9223372036854775807", sold: 2 },
      { productId: "9223372036854775806", sold: 2 },
      { productId: "8", sold: 1 },
      { productId: "7", sold: 30 },
    ];
    expect(rankProducts(sales, 10).map(({ productId }) => productId)).toEqual([
      "7",
      "9",
      "10",
      "9223372036854775806",
      "9223372036854775807",
      "8",
    ]);
    expect(rankProducts(sales, 2)).toEqual([
      { productId: "7", sold: 30 },
      { productId: "9", sold: 2 },
    ]);
  });
});
