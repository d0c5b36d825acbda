// `npm run overload -w bench`: one coupon service, asked for ten times what it serves, for a minute. Not a part of `npm run
// bench`, whose contestants are measured at what they can serve.
import { parseArgs } from "node:util";
import { sayWithTime } from "../say.ts";
import { overload } from "./overload.ts";

const { values } = parseArgs({
  options: {
    times: { type: "string", default: "10" },
    seconds: { type: "string", default: "60" },
    connections: { type: "string", default: "16" },
  },
});
await overload(
  {
    times: Number(values.times),
    seconds: Number(values.seconds),
    connections: Number(values.connections),
  },
  sayWithTime(),
);
