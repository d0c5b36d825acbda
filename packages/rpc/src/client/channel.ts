import type { ClientConfig } from "@firstcome/runtime";
import { Client, type ClientOptions } from "@grpc/grpc-js";
import type { TokenSource } from "../auth/token-source.ts";
import { type RpcError, unavailable } from "../errors/rpc-error.ts";
import { closeForGood } from "./close-for-good.ts";
import { serviceConfig } from "./service-config.ts";
import { secure } from "./tls.ts";

export interface ChannelOptions {
  /** The servers' certificate authority, and the client's own certificate for mTLS. Plain text unless set. */
  tls?: ClientConfig["tls"];
  /** Sent with every call as `authorization: Bearer …`. */
  token?: string | TokenSource | undefined;
  /** A unary call that names no deadline waits this long. */
  defaultTimeoutMs?: number;
  /** False: a call fails at its first failure, also when it merely met a connection that was about to go. */
  retry?: boolean;
  maxMessageBytes?: number;
  keepaliveMs?: number;
}

/** A connection to one address (or several that a name stands for), shared by any number of service clients. */
export interface Channel extends Disposable {
  readonly address: string;
  /**
   * Resolves once connected.
   *
   * @throws RpcError UNAVAILABLE, reason NOT_CONNECTED, when it takes longer than `timeoutMs` or the channel is closed
   */
  connect(timeoutMs: number): Promise<void>;
  /** Ends the connection. Calls under way end with CANCELLED, streams too; later ones fail with it (CHANNEL_CLOSED). */
  close(): void;
  /** @internal */
  readonly closed: boolean;
  /** @internal Under way. */
  readonly calls: Set<CancellableCall>;
  /** @internal */
  readonly grpc: Client;
  /** @internal */
  readonly token: TokenSource | undefined;
  /** @internal */
  readonly defaultTimeoutMs: number;
}

/** What is used of grpc-js's client calls; all four kinds have it. */
export interface CancellableCall {
  cancel(): void;
}

/**
 * Opens no connection yet: the first call does.
 *
 * @param address "host:port", or what else gRPC's name resolution knows, such as "dns:///coupon:50051"
 */
export function openChannel(address: string, options: ChannelOptions = {}): Channel {
  const { token, defaultTimeoutMs = 10_000 } = options;
  const { credentials, options: tlsOptions } = secure(address, options.tls);
  const grpc = new Client(address, credentials, { ...toClientOptions(options), ...tlsOptions });
  const calls = new Set<CancellableCall>();
  let closed = false;
  const close = (): void => {
    closed = true;
    for (const call of calls) call.cancel();
    closeForGood(grpc);
  };
  return {
    address,
    grpc,
    calls,
    get closed() {
      return closed;
    },
    token: typeof token === "string" ? () => token : token,
    defaultTimeoutMs,
    close,
    [Symbol.dispose]: close,
    connect(timeoutMs) {
      return new Promise((resolve, reject) => {
        grpc.waitForReady(Date.now() + timeoutMs, (error) => {
          if (error || closed) reject(notConnected(address, timeoutMs, error));
          else resolve();
        });
      });
    },
  };
}

function notConnected(address: string, timeoutMs: number, cause: Error | undefined): RpcError {
  return unavailable("NOT_CONNECTED", `no connection to ${address} within ${timeoutMs} ms`, undefined, cause);
}

function toClientOptions({ retry = true, maxMessageBytes, keepaliveMs = 30_000 }: ChannelOptions): ClientOptions {
  return {
    "grpc.service_config": serviceConfig({ retry }),
    // Ours, not what DNS may say.
    "grpc.service_config_disable_resolution": 1,
    "grpc.enable_retries": retry ? 1 : 0,
    "grpc.keepalive_time_ms": keepaliveMs,
    "grpc.keepalive_timeout_ms": 10_000,
    "grpc.initial_reconnect_backoff_ms": 100,
    // A service that was restarted has its share of the calls again before the next one is.
    "grpc.max_reconnect_backoff_ms": 1_000,
    "grpc.enable_channelz": 0,
    // Two channels to one address are two connections; otherwise all of a process would share one.
    "grpc.use_local_subchannel_pool": 1,
    ...(maxMessageBytes === undefined
      ? {}
      : { "grpc.max_receive_message_length": maxMessageBytes, "grpc.max_send_message_length": maxMessageBytes }),
  };
}
