import type { DescMethod, DescService } from "@bufbuild/protobuf";
import type { Server } from "@grpc/grpc-js";
import { type Access, accessOf } from "../auth/rule.ts";
import { audited, isAdministrative } from "./audit.ts";
import type { ServiceHandlers } from "./handlers.ts";
import { type BidiHandler, serveBidi } from "./serve-bidi.ts";
import { type ClientStreamingHandler, serveClientStreaming } from "./serve-client-streaming.ts";
import { type MethodHost, ServedMethod } from "./served-method.ts";
import { type ServerStreamingHandler, serveServerStreaming } from "./serve-server-streaming.ts";
import { serveUnary, type UnaryHandler } from "./serve-unary.ts";

/** A service and its handlers, for `startServer`. */
export interface ServiceImplementation {
  readonly descriptor: DescService;
  /** @internal */
  register(server: Server, host: MethodHost): void;
}

/**
 * Puts a handler behind every method of a service.
 *
 * @throws Error when a method says nothing of who may call it
 */
export function implement<S extends DescService>(descriptor: S, handlers: ServiceHandlers<S>): ServiceImplementation {
  const access = new Map(descriptor.methods.map((method) => [method, accessOf(method)]));
  return implementation(descriptor, handlers, (method) => access.get(method) ?? accessOf(method));
}

/** For what tools and load balancers call: no token is asked for. */
export function implementPublic<S extends DescService>(
  descriptor: S,
  handlers: ServiceHandlers<S>,
): ServiceImplementation {
  return implementation(descriptor, handlers, () => "public");
}

function implementation(
  descriptor: DescService,
  handlers: object,
  access: (method: DescMethod) => Access,
): ServiceImplementation {
  // The mapped type of `handlers` cannot be followed through a loop over descriptors; `implement` has checked it.
  const untyped = handlers as Record<string, unknown>;
  return {
    descriptor,
    register(server, host) {
      for (const method of descriptor.methods) {
        const allowed = access(method);
        const handler = untyped[method.localName];
        const whole = isAdministrative(allowed) ? audited(method, handler) : handler;
        register(server, new ServedMethod(method, allowed, host), method, whole);
      }
    },
  };
}

function register(server: Server, served: ServedMethod, method: DescMethod, handler: unknown): void {
  const path = `/${method.parent.typeName}/${method.name}`;
  switch (method.methodKind) {
    case "unary":
      return add(server, path, serveUnary(served, handler as UnaryHandler), "unary");
    case "server_streaming":
      return add(server, path, serveServerStreaming(served, handler as ServerStreamingHandler), "serverStream");
    case "client_streaming":
      return add(server, path, serveClientStreaming(served, handler as ClientStreamingHandler), "clientStream");
    case "bidi_streaming":
      return add(server, path, serveBidi(served, handler as BidiHandler), "bidi");
  }
}

function add(server: Server, path: string, handler: HandleCall, kind: string): void {
  // Bytes in, bytes out: messages are decoded and encoded in served-method.ts, where an error gets a proper status.
  const added = server.register(path, handler, sameBytes, sameBytes, kind);
  if (!added) throw new Error(`${path} is registered twice`);
}

type HandleCall = Parameters<typeof Server.prototype.register<Buffer, Buffer>>[1];

const sameBytes = (bytes: Buffer): Buffer => bytes;
