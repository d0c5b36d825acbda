import { createLogger, runService } from "@firstcome/runtime";
import { readRankingConfig } from "./config.ts";
import { SERVICE_NAME, startRankingService } from "./service.ts";

await runService({
  name: SERVICE_NAME,
  start: async () => {
    const config = readRankingConfig();
    const log = createLogger({ name: SERVICE_NAME, level: config.logLevel });
    const service = await startRankingService(config, { log });
    log.info({ address: service.address, metrics: service.metricsAddress }, "ready");
    return service;
  },
});
