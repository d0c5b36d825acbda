export { localDirectory, repositoryRoot } from "./repository-root.ts";
export type { Exit } from "./processes/supervised-process.ts";
export type { LocalServer, Log } from "./servers/local-server.ts";
export { MissingServersError } from "./servers/missing-servers-error.ts";
export { findFreePort, isPortFree } from "./servers/free-port.ts";
export type { ServerName } from "./servers/server-programs.ts";
export {
  startPrivateServers,
  type PrivateServers,
  type PrivateServersOptions,
} from "./servers/start-private-servers.ts";
export { startRabbitmq, type LocalRabbitmq } from "./servers/start-rabbitmq.ts";
export {
  startRedisCluster,
  type RedisCluster,
  type RedisClusterOptions,
  type RedisShard,
} from "./servers/start-redis-cluster.ts";
export { startRedisWithReplica, type ReplicatedRedis } from "./servers/start-redis-with-replica.ts";
export { startSentinels, type Sentinels } from "./servers/start-sentinels.ts";
export { startServers, type LocalServers, type StartServersOptions } from "./servers/start-servers.ts";
export {
  ServiceProcess,
  type ServiceName,
  startService,
  type StartServiceOptions,
} from "./services/service-process.ts";
