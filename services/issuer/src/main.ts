import { runService } from "@firstcome/runtime";
import { readIssuerConfig } from "./config.ts";
import { SERVICE_NAME, startIssuer } from "./service.ts";

await runService({ name: SERVICE_NAME, readConfig: readIssuerConfig, start: startIssuer });
