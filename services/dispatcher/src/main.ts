import { runService } from "@firstcome/runtime";
import { readDispatcherConfig } from "./config.ts";
import { SERVICE_NAME, startDispatcher } from "./service.ts";

await runService({ name: SERVICE_NAME, readConfig: readDispatcherConfig, start: startDispatcher });
