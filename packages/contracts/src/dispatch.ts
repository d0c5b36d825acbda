/** firstcome.dispatch.v1: how accepted coupons reach workers, and what operators see of it. */
export * from "./gen/firstcome/dispatch/v1/dispatch_service_pb.ts";
export * from "./gen/firstcome/dispatch/v1/dispatch_admin_service_pb.ts";
