import { runService } from "@firstcome/runtime";
import { readOrderConfig } from "./config.ts";
import { SERVICE_NAME, startOrderService } from "./service.ts";

await runService({ name: SERVICE_NAME, readConfig: readOrderConfig, start: startOrderService });
