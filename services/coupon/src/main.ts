import { runService } from "@firstcome/runtime";
import { readCouponConfig } from "./config.ts";
import { SERVICE_NAME, startCouponService } from "./service.ts";

await runService({ name: SERVICE_NAME, readConfig: readCouponConfig, start: startCouponService });
