import type { RedisClient } from "../src/index.ts";

/** The same client, which does something else first whenever a script is run. */
export function beforeEachScript(redis: RedisClient, first: () => Promise<void>): RedisClient {
  return new Proxy(redis, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      if (name !== "evalsha") return member.bind(target);
      return (...args: unknown[]) => first().then(() => member.apply(target, args));
    },
  });
}

/** The same client, which does something else whenever a script has run, before its answer is heard. */
export function afterEachScript(redis: RedisClient, then: () => Promise<void>): RedisClient {
  return new Proxy(redis, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      // Either may be the one that runs it: the server's cache of scripts is everybody's.
      if (name !== "evalsha" && name !== "eval") return member.bind(target);
      return async (...args: unknown[]) => {
        const answer: unknown = await member.apply(target, args);
        await then();
        return answer;
      };
    },
  });
}

/** The same client, which does something else first whenever streams are read. */
export function beforeEachRead(redis: RedisClient, first: () => Promise<void>): RedisClient {
  return new Proxy(redis, {
    get(target, name) {
      if (name === "xrange") {
        return async (...args: Parameters<RedisClient["xrange"]>) => {
          await first();
          return target.xrange(...args);
        };
      }
      if (name === "multi") {
        return () => {
          const multi = target.multi();
          const exec = multi.exec.bind(multi);
          return Object.assign(multi, { exec: () => first().then(() => exec()) });
        };
      }
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}
