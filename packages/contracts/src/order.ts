/** firstcome.order.v1: products, orders, and what they sold. */
export * from "./gen/firstcome/order/v1/order_service_pb.ts";
export * from "./gen/firstcome/order/v1/product_service_pb.ts";
