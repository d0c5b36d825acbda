import { randomBytes } from "node:crypto";
import { Redis } from "ioredis";
import { inject } from "vitest";
import { cleanUpAfterFile } from "./file-cleanup.ts";
import type { ServerUrls } from "./provided-context.ts";
import { urlsOfNodes } from "./redis-nodes.ts";

/** A name space of its own in the run's shared Redis. */
export interface TestRedis {
  /** For REDIS_URL. */
  url: string;
  /** For REDIS_KEY_PREFIX: every key of the test begins with it. */
  keyPrefix: string;
}

/** Gives a key prefix that no other test has; its keys are removed when the file is through. */
export function testRedis(): TestRedis {
  const { redisUrl: url }: ServerUrls = inject("servers");
  const redis: TestRedis = { url, keyPrefix: `t${randomBytes(6).toString("hex")}:` };
  cleanUpAfterFile(() => removeKeys(redis));
  return redis;
}

async function removeKeys({ url, keyPrefix }: TestRedis): Promise<void> {
  // No command of a cluster tells what keys there are: each node is asked for its own.
  await Promise.all(urlsOfNodes(url).map((node) => removeKeysOf(node, keyPrefix)));
}

async function removeKeysOf(url: string, keyPrefix: string): Promise<void> {
  const client = new Redis(url);
  try {
    for await (const keys of client.scanStream({ match: `${keyPrefix}*`, count: 1_000 }) as AsyncIterable<string[]>) {
      // One by one: a cluster's node refuses a command over several slots.
      await client.pipeline(keys.map((key) => ["unlink", key])).exec();
    }
  } finally {
    client.disconnect();
  }
}
