import { OrderService, ProductService } from "@firstcome/contracts/order";
import { implement, type ServiceImplementation } from "@firstcome/rpc";
import type { App } from "../app.ts";
import { addStock } from "./add-stock.ts";
import { answering } from "./answering.ts";
import { batchGetProducts } from "./batch-get-products.ts";
import { cancelOrder } from "./cancel-order.ts";
import { createOrder } from "./create-order.ts";
import { createProduct } from "./create-product.ts";
import { getOrder } from "./get-order.ts";
import { getProduct } from "./get-product.ts";
import { listOrders } from "./list-orders.ts";
import { listProducts } from "./list-products.ts";
import { listSales } from "./list-sales.ts";
import { payOrder } from "./pay-order.ts";

/** All methods of the order service. */
export function orderServices(app: App): ServiceImplementation[] {
  return [
    implement(OrderService, {
      createOrder: answering(createOrder(app)),
      payOrder: answering(payOrder(app)),
      cancelOrder: answering(cancelOrder(app)),
      getOrder: answering(getOrder(app)),
      listOrders: answering(listOrders(app)),
      listSales: answering(listSales(app)),
    }),
    implement(ProductService, {
      createProduct: answering(createProduct(app)),
      getProduct: answering(getProduct(app)),
      batchGetProducts: answering(batchGetProducts(app)),
      listProducts: answering(listProducts(app)),
      addStock: answering(addStock(app)),
    }),
  ];
}
