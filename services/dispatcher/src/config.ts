import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { type RedisConfig, redisEnv, toRedisConfig } from "@firstcome/redis";
import {
  type LogLevel,
  logEnv,
  nameOfProcess,
  port,
  readConfig,
  type ServerConfig,
  serverEnv,
  toServerConfig,
  wholeNumber,
  z,
} from "@firstcome/runtime";

/** Times in ms. */
export interface DispatcherConfig {
  server: ServerConfig;
  logLevel: LogLevel;
  redis: RedisConfig & { partitions: number; waitReplicas: number };
  /** What workers and operators see. */
  dispatcherId: string;
  streams: { heartbeatMs: number; maxAgeMs: number; graceMs: number };
  attempts: { deadlineMs: number; failureLimit: number; retryBaseMs: number; retryMaxMs: number };
  holding: { keepAliveMs: number; claimMinIdleMs: number; claimIntervalMs: number; maxWaitMs: number };
  reading: { blockMs: number; pauseMs: number };
  pausePollMs: number;
  sweepMs: number;
}

/** @throws ConfigError with every problem at once */
export function readDispatcherConfig(env?: NodeJS.ProcessEnv): DispatcherConfig {
  return readConfig(schema, env);
}

const timeMs = wholeNumber({ min: 1, max: 24 * 3_600_000 });

const schema = z
  .object({
    ...serverEnv,
    PORT: port.default(50054),
    ...logEnv,
    ...redisEnv,
    /** Fixed for the life of the data. */
    GATE_PARTITIONS: wholeNumber({ min: 1, max: 16_384 }).default(16),
    /** Replicas that must have a batch before it is given to a worker; as many as the coupon service waits for. */
    GATE_WAIT_REPLICAS: wholeNumber({ max: 10 }).default(0),
    /** Made up for each process unless set. */
    DISPATCHER_ID: z
      .string()
      .regex(/^[A-Za-z0-9._:-]{1,64}$/, "must be 1–64 of A-Z a-z 0-9 . _ : -")
      .optional(),
    DISPATCH_HEARTBEAT_MS: timeMs.default(5_000),
    /** Streams end at this age, ±10 %, so that workers spread over new dispatchers. */
    DISPATCH_STREAM_MAX_AGE_MS: timeMs.default(5 * 60_000),
    /** How long a worker that leaves or is sent away has to settle what it holds. */
    DISPATCH_STREAM_GRACE_MS: timeMs.default(30_000),
    /** How long a worker has for a batch, unless it asks for more. */
    DISPATCH_DEADLINE_MS: timeMs.default(30_000),
    /** An item that has failed this often goes to the dead letters. */
    DISPATCH_FAILURE_LIMIT: wholeNumber({ min: 1, max: 1_000 }).default(10),
    DISPATCH_RETRY_BASE_MS: timeMs.default(200),
    DISPATCH_RETRY_MAX_MS: timeMs.default(30_000),
    DISPATCH_KEEP_ALIVE_MS: timeMs.default(3_000),
    /** A batch that its dispatcher has not kept alive for so long is taken over. */
    DISPATCH_CLAIM_MIN_IDLE_MS: timeMs.default(15_000),
    DISPATCH_CLAIM_INTERVAL_MS: timeMs.default(1_000),
    /** A batch that finds no worker here within this is given back, for other dispatchers. */
    DISPATCH_MAX_WAIT_MS: timeMs.default(2_000),
    /** Within the half minute of silence after which the connection that reads takes Redis for dead. */
    DISPATCH_READ_BLOCK_MS: wholeNumber({ min: 1, max: 20_000 }).default(500),
    /**
     * After a read that brought all there was: what is accepted meanwhile is read, delivered, inserted and settled
     * together. Such a round costs 1–2 ms of CPU over all processes, however little it carries, so this bounds what the
     * rounds take; docs/performance.md has the curve. It is no wait after a silence: then a read is blocked, and wakes at once.
     */
    DISPATCH_READ_PAUSE_MS: timeMs.default(20),
    DISPATCH_PAUSE_POLL_MS: timeMs.default(500),
    /** How finely deadlines are kept. */
    DISPATCH_SWEEP_MS: timeMs.default(100),
  })
  .superRefine((env, ctx) => {
    if (env.DISPATCH_CLAIM_MIN_IDLE_MS < 3 * env.DISPATCH_KEEP_ALIVE_MS) {
      const message =
        "must be at least three times DISPATCH_KEEP_ALIVE_MS, or what living dispatchers hold is taken over";
      ctx.addIssue({ code: "custom", path: ["DISPATCH_CLAIM_MIN_IDLE_MS"], message });
    }
    if (1.1 * env.DISPATCH_STREAM_MAX_AGE_MS + env.DISPATCH_STREAM_GRACE_MS > env.RPC_MAX_CONNECTION_GRACE_MS) {
      const message =
        "with its grace must be less than RPC_MAX_CONNECTION_GRACE_MS, or old connections cut streams off";
      ctx.addIssue({ code: "custom", path: ["DISPATCH_STREAM_MAX_AGE_MS"], message });
    }
  })
  .transform((env): DispatcherConfig => ({
    server: toServerConfig(env),
    logLevel: env.LOG_LEVEL,
    redis: {
      ...toRedisConfig(env),
      partitions: env.GATE_PARTITIONS,
      waitReplicas: env.GATE_WAIT_REPLICAS,
    },
    dispatcherId: env.DISPATCHER_ID === undefined ? madeUpId() : nameOfProcess(env.DISPATCHER_ID, env.WORKER_NUMBER),
    streams: {
      heartbeatMs: env.DISPATCH_HEARTBEAT_MS,
      maxAgeMs: env.DISPATCH_STREAM_MAX_AGE_MS,
      graceMs: env.DISPATCH_STREAM_GRACE_MS,
    },
    attempts: {
      deadlineMs: env.DISPATCH_DEADLINE_MS,
      failureLimit: env.DISPATCH_FAILURE_LIMIT,
      retryBaseMs: env.DISPATCH_RETRY_BASE_MS,
      retryMaxMs: env.DISPATCH_RETRY_MAX_MS,
    },
    holding: {
      keepAliveMs: env.DISPATCH_KEEP_ALIVE_MS,
      claimMinIdleMs: env.DISPATCH_CLAIM_MIN_IDLE_MS,
      claimIntervalMs: env.DISPATCH_CLAIM_INTERVAL_MS,
      maxWaitMs: env.DISPATCH_MAX_WAIT_MS,
    },
    reading: { blockMs: env.DISPATCH_READ_BLOCK_MS, pauseMs: env.DISPATCH_READ_PAUSE_MS },
    pausePollMs: env.DISPATCH_PAUSE_POLL_MS,
    sweepMs: env.DISPATCH_SWEEP_MS,
  }));

/** "<host>-<random>" */
function madeUpId(): string {
  const host = hostname()
    .replaceAll(/[^A-Za-z0-9._-]/g, "-")
    .slice(0, 40);
  return `${host}-${randomBytes(4).toString("hex")}`;
}
