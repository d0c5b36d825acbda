/** firstcome.coupon.v1: coupons, and what users and operators do with them. */
export * from "./gen/firstcome/coupon/v1/coupon_pb.ts";
export * from "./gen/firstcome/coupon/v1/coupon_service_pb.ts";
export * from "./gen/firstcome/coupon/v1/coupon_admin_service_pb.ts";
