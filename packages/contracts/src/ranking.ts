/** firstcome.ranking.v1: which products sell best. */
export * from "./gen/firstcome/ranking/v1/ranking_admin_service_pb.ts";
export * from "./gen/firstcome/ranking/v1/ranking_service_pb.ts";
