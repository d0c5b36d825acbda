// `npm run overload -w bench`: one coupon service, asked for ten times what it serves, for a minute. Not a part of `npm run
// bench`, whose contestants are measured at what they can serve.
import { failWith } from "../command-line.ts";
import { sayWithTime } from "../say.ts";
import { OVERLOAD_USAGE, parseOverloadOptions } from "./options.ts";
import { overload } from "./overload.ts";

try {
  const { help, ...plan } = parseOverloadOptions(process.argv.slice(2));
  if (help) console.log(OVERLOAD_USAGE);
  else {
    const violations = await overload(plan, sayWithTime());
    for (const violation of violations) console.log(`BROKEN  ${violation}`);
    if (violations.length > 0) process.exitCode = 1;
  }
} catch (error) {
  failWith(error, OVERLOAD_USAGE);
}
