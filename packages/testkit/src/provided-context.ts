/** What the global set-up hands to the test files. */
declare module "vitest" {
  interface ProvidedContext {
    redisUrl: string;
    mysqlUrl: string;
  }
}

export {};
