export { Role, rule, RuleSchema } from "./gen/firstcome/access/v1/access_pb.ts";
export type { Rule } from "./gen/firstcome/access/v1/access_pb.ts";
