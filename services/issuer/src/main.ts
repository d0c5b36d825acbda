import { createLogger, runService } from "@firstcome/runtime";
import { readIssuerConfig } from "./config.ts";
import { SERVICE_NAME, startIssuer } from "./service.ts";

await runService({
  name: SERVICE_NAME,
  start: async (signal) => {
    const config = readIssuerConfig();
    const log = createLogger({ name: SERVICE_NAME, level: config.logLevel });
    const issuer = await startIssuer(config, { log, signal });
    // Without a dispatcher it runs on and keeps trying; it is ready for work when there is one.
    void issuer.attached.then((dispatcher) => log.info({ metrics: issuer.metricsAddress, dispatcher }, "ready"));
    return issuer;
  },
});
