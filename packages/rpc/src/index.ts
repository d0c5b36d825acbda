export type { Authenticator } from "./auth/authenticator.ts";
export { createAuthenticator } from "./auth/authenticator.ts";
export type { Principal, RoleName } from "./auth/principal.ts";
export { ANONYMOUS, assertActsFor } from "./auth/principal.ts";
export type { TokenClaims, TokenSource } from "./auth/token-source.ts";
export { createTokenSource, mintToken } from "./auth/token-source.ts";
export type { CallOptions } from "./client/call-options.ts";
export type { Channel, ChannelOptions } from "./client/channel.ts";
export { openChannel } from "./client/channel.ts";
export type { Client } from "./client/client.ts";
export { createClient } from "./client/client.ts";
export type { ClientDuplex, ClientMethod } from "./client/client-method.ts";
export { Code, codeName } from "./errors/code.ts";
export type { FieldViolation, Reason, RpcErrorDetails } from "./errors/rpc-error.ts";
export {
  aborted,
  alreadyExists,
  deadlineExceeded,
  failedPrecondition,
  invalidArgument,
  notFound,
  permissionDenied,
  resourceExhausted,
  RpcError,
  unauthenticated,
  unavailable,
} from "./errors/rpc-error.ts";
export { answeringWith } from "./server/answering.ts";
export type { CallContext } from "./server/call-context.ts";
export type { DuplexStream } from "./server/duplex-stream.ts";
export type { Handler, MethodHandler, ServiceHandlers } from "./server/handlers.ts";
export type { ServiceImplementation } from "./server/implement.ts";
export { implement } from "./server/implement.ts";
export { DECIMAL, DEFAULT_PAGE_SIZE, readPageToken, writePageToken } from "./server/page-token.ts";
export type { RpcServer, ServerSpec } from "./server/server.ts";
export { startServer } from "./server/server.ts";
export type { ConfiguredServerSpec } from "./server/serve-configured.ts";
export { serveConfigured } from "./server/serve-configured.ts";
