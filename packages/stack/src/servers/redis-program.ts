import type { Log } from "./local-server.ts";
import { MissingServersError } from "./missing-servers-error.ts";
import { obtainServerPrograms } from "./server-programs.ts";

/**
 * The path of `redis-server`, for what is made of several of them: containers could not reach each other by addresses that are good here too.
 *
 * @throws {MissingServersError} when it is neither here nor to be had from Debian.
 */
export async function obtainRedisProgram(log: Log = () => {}): Promise<string> {
  const { redis } = await obtainServerPrograms(["redis"], log);
  if (redis === undefined) {
    throw new MissingServersError(["redis"]);
  }
  return redis;
}
