export {
  BadRequest_FieldViolationSchema,
  BadRequestSchema,
  ErrorInfoSchema,
  RetryInfoSchema,
} from "./gen/google/rpc/error_details_pb.ts";
export type { BadRequest, BadRequest_FieldViolation, ErrorInfo, RetryInfo } from "./gen/google/rpc/error_details_pb.ts";
export { StatusSchema } from "./gen/google/rpc/status_pb.ts";
export type { Status } from "./gen/google/rpc/status_pb.ts";
