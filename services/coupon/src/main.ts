import { createLogger, runService } from "@firstcome/runtime";
import { readCouponConfig } from "./config.ts";
import { SERVICE_NAME, startCouponService } from "./service.ts";

await runService({
  name: SERVICE_NAME,
  start: async (signal) => {
    const config = readCouponConfig();
    const log = createLogger({ name: SERVICE_NAME, level: config.logLevel });
    const service = await startCouponService(config, { log, signal });
    log.info({ address: service.address, metrics: service.metricsAddress }, "ready");
    return service;
  },
});
