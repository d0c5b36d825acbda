import { createLogger, runService } from "@firstcome/runtime";
import { readOrderConfig } from "./config.ts";
import { SERVICE_NAME, startOrderService } from "./service.ts";

await runService({
  name: SERVICE_NAME,
  start: async (signal) => {
    const config = readOrderConfig();
    const log = createLogger({ name: SERVICE_NAME, level: config.logLevel });
    const service = await startOrderService(config, { log, signal });
    log.info({ address: service.address, metrics: service.metricsAddress }, "ready");
    return service;
  },
});
