import { createLogger, runService } from "@firstcome/runtime";
import { readDispatcherConfig } from "./config.ts";
import { SERVICE_NAME, startDispatcher } from "./service.ts";

await runService({
  name: SERVICE_NAME,
  start: async () => {
    const config = readDispatcherConfig();
    const log = createLogger({ name: SERVICE_NAME, level: config.logLevel });
    const service = await startDispatcher(config, { log });
    log.info({ address: service.address, metrics: service.metricsAddress }, "ready");
    return service;
  },
});
