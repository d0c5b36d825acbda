export { eventually, type EventuallyOptions } from "./eventually.ts";
export { FakeClock } from "./fake-clock.ts";
export { cleanUpAfterFile } from "./file-cleanup.ts";
export { privateServers } from "./private-servers.ts";
export { testDatabase, type TestDatabase } from "./test-database.ts";
export { testRedis, type TestRedis } from "./test-redis.ts";
