import { readFile } from "node:fs/promises";
import type { DescMethod } from "@bufbuild/protobuf";
import { Health } from "@firstcome/contracts/health";
import {
  type AuthConfig,
  ConfigError,
  type Counter,
  DEFAULT_LIMITS,
  type Gauge,
  type Logger,
  type Metrics,
  type RpcLimits,
  type TlsFiles,
} from "@firstcome/runtime";
import { Server, ServerCredentials, type ServerOptions } from "@grpc/grpc-js";
import { type Authenticator, createAuthenticator } from "../auth/authenticator.ts";
import { accessOf } from "../auth/rule.ts";
import { isAdministrative } from "./audit.ts";
import { meterMethods } from "./call-metrics.ts";
import { type ConnectionLives, type LifeLimits, limitConnectionLives, STUCK_MS } from "./connection-life.ts";
import { explainStatus, explainUnknownMethods } from "./explain-status.ts";
import { HealthState, healthService } from "./health.ts";
import type { ServiceImplementation } from "./implement.ts";
import { Intake } from "./intake.ts";
import { keepTickShape } from "./keep-tick-shape.ts";
import { leanHeaders, trustOwnHeaders } from "./lean-headers.ts";
import { letCallsDie } from "./let-calls-die.ts";
import { isLoopback } from "./loopback.ts";
import { shedOverload } from "./overload-guard.ts";
import { limitConnectionsPerPeer } from "./peer-connections.ts";
import { reflectionServices } from "./reflection.ts";
import type { MethodHost } from "./served-method.ts";
import { allowStreamResets } from "./stream-resets.ts";

export interface ServerSpec {
  /** In the log. */
  name: string;
  host: string;
  /** 0 takes any free port. */
  port: number;
  services: readonly ServiceImplementation[];
  log: Logger;
  metrics?: Metrics | undefined;
  /** Off unless set, and then only a loopback host is accepted. */
  auth?: AuthConfig | Authenticator | undefined;
  /** Plain text unless set. */
  tls?: TlsFiles | undefined;
  limits?: Partial<RpcLimits> | undefined;
}

export interface RpcServer extends AsyncDisposable {
  /** "127.0.0.1:50051" */
  readonly address: string;
  readonly port: number;
  /** What health checks are told; true from the start. */
  readonly serving: boolean;
  setServing(serving: boolean): void;
  /**
   * Stops: health says NOT_SERVING, no new connections or calls, the calls under way finish; those that have not by the
   * deadline are cut off. Asking again gives the same promise.
   */
  drain(deadlineMs: number): Promise<void>;
}

/**
 * Serves gRPC: the given services, health and reflection.
 *
 * @throws ConfigError when it cannot listen there, or when the host is reachable from outside and access control is off
 */
export async function startServer(spec: ServerSpec): Promise<RpcServer> {
  const { name, host, services, log } = spec;
  const authenticator = toAuthenticator(spec.auth);
  if (!authenticator.required && !isLoopback(host)) {
    throw new ConfigError([
      `HOST: ${host} can be reached from other machines while access control is off. ` +
        "Set AUTH_JWT_SECRET or AUTH_JWKS_URL, or HOST=127.0.0.1",
    ]);
  }
  keepTickShape();
  const limits = { ...DEFAULT_LIMITS, ...spec.limits };
  const server = new Server(toOptions(limits));
  allowStreamResets(server, limits.maxStreamsPerConnection);
  trustOwnHeaders(server);
  explainUnknownMethods(server);
  const draining = new AbortController();
  const descriptors = services.map(({ descriptor }) => descriptor);
  const health = new HealthState(descriptors.map(({ typeName }) => typeName));
  const healthCheck = healthService(health);
  const methods = [...descriptors, healthCheck.descriptor].flatMap((descriptor) => descriptor.methods);
  const intake = new Intake(limits.maxCalls);
  const counted = pathsOf(methods.filter(isWork));
  const meter = countingWork(intake, counted, meterMethods(spec.metrics));
  const methodHost = { log, authenticator, draining: draining.signal, meter };
  for (const service of [...services, healthCheck, ...reflectionServices([...descriptors, healthCheck.descriptor])]) {
    service.register(server, methodHost);
  }
  const port = await bind(server, host, spec.port, await toCredentials(spec.tls));
  letCallsDie(server);
  const lives = limitConnectionLives(server, toLifeLimits(limits));
  const { maxConnectionsPerPeer } = limits;
  const connections = { open: openConnections(spec.metrics), refused: refusedConnections(spec.metrics) };
  limitConnectionsPerPeer(server, { maxConnectionsPerPeer, ...connections });
  const exempt = pathsOf(methods.filter(isForOperators));
  shedOverload(server, { intake, counted, exempt, shed: shedCalls(spec.metrics) });
  const address = join(host, port);
  log.debug({ server: name, address }, "listening");

  let drained: Promise<void> | undefined;
  const drain = async (deadlineMs: number): Promise<void> => {
    health.setServing(false);
    draining.abort();
    await shutDown(server, lives, deadlineMs, log);
  };
  return {
    address,
    port,
    get serving() {
      return health.serving;
    },
    setServing: (serving) => health.setServing(serving),
    drain: (deadlineMs) => (drained ??= drain(deadlineMs)),
    [Symbol.asyncDispose]: () => (drained ??= drain(DISPOSE_DEADLINE_MS)),
  };
}

const DISPOSE_DEADLINE_MS = 10_000;

function toAuthenticator(auth: ServerSpec["auth"] = { kind: "off" }): Authenticator {
  return "authenticate" in auth ? auth : createAuthenticator(auth);
}

function openConnections(metrics: Metrics | undefined): Gauge | undefined {
  return metrics?.gauge({ name: "firstcome_rpc_connections", help: "Connections that are open" });
}

function refusedConnections(metrics: Metrics | undefined): Counter | undefined {
  return metrics?.counter({
    name: "firstcome_rpc_connections_refused_total",
    help: "Connections closed because their address had too many",
  });
}

function shedCalls(metrics: Metrics | undefined): Counter | undefined {
  return metrics?.counter({
    name: "firstcome_rpc_calls_shed_total",
    help: "Calls told to come back later, unseen, while the process had more than it could serve",
  });
}

function countingWork(intake: Intake, counted: ReadonlySet<string>, meter: MethodHost["meter"]): MethodHost["meter"] {
  return (method) => (counted.has(`/${method}`) ? intake.counting(meter(method)) : meter(method));
}

/** What gets one answer, and is work in hand until then: a stream may last for hours and cost nothing. */
function isWork(method: DescMethod): boolean {
  return method.methodKind === "unary" && !isForOperators(method);
}

function pathsOf(methods: readonly DescMethod[]): ReadonlySet<string> {
  return new Set(methods.map(({ parent, name }) => `/${parent.typeName}/${name}`));
}

/** What tells operators, and what they look and act with: never shed. */
function isForOperators(method: DescMethod): boolean {
  return method.parent === Health || isAdministrative(accessOf(method));
}

function toOptions(limits: RpcLimits): ServerOptions {
  return {
    interceptors: [explainStatus, leanHeaders],
    "grpc.max_receive_message_length": limits.maxMessageBytes,
    "grpc.max_send_message_length": limits.maxMessageBytes,
    "grpc.max_concurrent_streams": limits.maxStreamsPerConnection,
    // Nobody asks for what it counts.
    "grpc.enable_channelz": 0,
  };
}

function toLifeLimits({ maxConnectionAgeMs, maxConnectionGraceMs, keepaliveMs }: RpcLimits): LifeLimits {
  return { ageMs: maxConnectionAgeMs, graceMs: maxConnectionGraceMs, keepaliveMs, answerMs: KEEPALIVE_ANSWER_MS };
}

const KEEPALIVE_ANSWER_MS = 20_000;

async function toCredentials(tls: TlsFiles | undefined): Promise<ServerCredentials> {
  if (!tls) return ServerCredentials.createInsecure();
  const [cert, key, ca] = await Promise.all([
    readFile(tls.certFile),
    readFile(tls.keyFile),
    tls.caFile === undefined ? null : readFile(tls.caFile),
  ]);
  return ServerCredentials.createSsl(ca, [{ cert_chain: cert, private_key: key }], ca !== null);
}

function bind(server: Server, host: string, port: number, credentials: ServerCredentials): Promise<number> {
  const address = join(host, port);
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, bound) => {
      if (error) reject(new ConfigError([`HOST, PORT: cannot listen on ${address}: ${error.message}`]));
      else resolve(bound);
    });
  });
}

function join(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

async function shutDown(server: Server, lives: ConnectionLives, deadlineMs: number, log: Logger): Promise<void> {
  const { promise: closed, resolve, reject } = Promise.withResolvers<void>();
  server.tryShutdown((error) => (error ? reject(error) : resolve()));
  // Who does not take it in keeps its connection for some time more, which is part of the deadline.
  const cutOffAfterMs = Math.max(deadlineMs - STUCK_MS, deadlineMs / 2);
  const force = setTimeout(() => {
    log.warn({ deadlineMs }, "connections still open near the deadline are cut off");
    lives.cutOff();
  }, cutOffAfterMs);
  try {
    await closed;
  } finally {
    clearTimeout(force);
  }
}
