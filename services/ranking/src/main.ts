import { runService } from "@firstcome/runtime";
import { readRankingConfig } from "./config.ts";
import { SERVICE_NAME, startRankingService } from "./service.ts";

await runService({ name: SERVICE_NAME, readConfig: readRankingConfig, start: startRankingService });
