import { createLogger, readConfig, z } from "@firstcome/runtime";
import { migrate } from "./migrate.ts";
import { openDatabase } from "./open-database.ts";

// Brings the schema up to date and ends: for set-ups in which the accounts of the services may not change it.

const { MYSQL_URL: url } = readConfig(
  z.object({ MYSQL_URL: z.url({ protocol: /^mysql$/, error: "must be mysql://user:password@host:port/schema" }) }),
);
const log = createLogger({ name: "migrate" });
// Waits for a server that is still starting.
await using database = await openDatabase({ url, poolSize: 1, log });
log.info({ steps: await migrate(database) }, "the schema is up to date");
