import type { FirstcomeClient } from "@firstcome/client";

/** What the shop of the demo sells: name and price in KRW. */
const PRODUCTS: readonly (readonly [name: string, priceKrw: bigint])[] = [
  ["Drip coffee bags, 20", 15_900n],
  ["Cold brew concentrate, 1 l", 18_500n],
  ["Oat milk, 12 packs", 27_900n],
  ["Sparkling water, 24 bottles", 19_800n],
  ["Roasted seaweed, 16 packs", 12_900n],
  ["Kimchi, 3 kg", 32_000n],
  ["Instant rice, 24 bowls", 26_400n],
  ["Spicy ramyeon, 40 packs", 31_900n],
  ["Jeju mandarins, 5 kg", 24_900n],
  ["Shine Muscat grapes, 2 kg", 29_900n],
  ["Sweet potatoes, 5 kg", 21_500n],
  ["Eggs, 30", 9_900n],
  ["Frozen dumplings, 1.4 kg", 13_800n],
  ["Protein bars, 24", 34_800n],
  ["Granola, 1 kg", 16_900n],
  ["Olive oil, 1 l", 22_900n],
  ["Sunscreen, SPF 50", 17_500n],
  ["Sheet masks, 30", 19_900n],
  ["Shampoo, 1 l", 14_900n],
  ["Toothpaste, 6 tubes", 11_900n],
  ["Laundry capsules, 80", 28_900n],
  ["Toilet paper, 30 rolls", 18_900n],
  ["Wet wipes, 20 packs", 21_900n],
  ["Dishwasher tablets, 100", 33_900n],
  ["Wireless earphones", 89_000n],
  ["USB-C charger, 65 W", 39_900n],
  ["Power bank, 20 000 mAh", 45_900n],
  ["Mechanical keyboard", 129_000n],
  ["Desk lamp", 54_900n],
  ["Air purifier filter", 42_000n],
  ["Memory foam pillow", 36_900n],
  ["Cotton towels, 10", 29_900n],
  ["Yoga mat", 27_500n],
  ["Running socks, 5 pairs", 15_500n],
  ["Tumbler, 600 ml", 25_900n],
  ["Umbrella, automatic", 18_900n],
];

const STOCK = 1_000_000;

/** Puts the products into the shop, each once however often it is called, and returns their ids. */
export async function seedProducts(client: FirstcomeClient): Promise<string[]> {
  const created = await Promise.all(
    PRODUCTS.map(([name, priceKrw], i) =>
      client.products.createProduct({ requestId: `demo-product-${i + 1}`, name, priceKrw, stock: STOCK }),
    ),
  );
  return created.map(({ product }) => {
    if (!product) throw new Error("the order service answered without a product");
    return product.id;
  });
}
