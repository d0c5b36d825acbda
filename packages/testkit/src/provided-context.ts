/** What the global set-up hands to the test files: the run's shared servers. */
export interface ServerUrls {
  redisUrl: string;
  mysqlUrl: string;
}

declare module "vitest" {
  interface ProvidedContext {
    servers: ServerUrls;
  }
}
