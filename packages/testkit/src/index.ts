export { DeafReader } from "./deaf-reader.ts";
// For what is ended and started again at its port.
export { findFreePort } from "@firstcome/stack";
export { eventually, type EventuallyOptions } from "./eventually.ts";
export { FakeClock } from "./fake-clock.ts";
export { cleanUpAfterFile } from "./file-cleanup.ts";
export { privateRedisCluster, privateReplicatedRedis, privateSentinels, privateServers } from "./private-servers.ts";
export { findKeys, openRedis } from "./redis-nodes.ts";
export { testDatabase, type TestDatabase } from "./test-database.ts";
export { testRedis, type TestRedis } from "./test-redis.ts";
