import { z } from "zod";

export { z };

/** The environment does not describe a process that can run. The message is for the person who set it. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** One line per problem, such as "MYSQL_URL: is required". */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration is wrong:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

/**
 * Reads the environment once, against a zod object whose keys are names of variables and which may end in a
 * `.transform` to the shape that the service wants. An empty variable counts as unset.
 *
 * @throws ConfigError with every problem at once. Values are never repeated in it, since some are secrets.
 */
export function readConfig<S extends z.ZodType>(schema: S, env: NodeJS.ProcessEnv = process.env): z.output<S> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  throw new ConfigError(result.error.issues.map((issue) => describe(issue, given)));
}

function describe(issue: z.core.$ZodIssue, given: Record<string, string | undefined>): string {
  const name = issue.path.join(".");
  if (name === "") return issue.message;
  return given[name] === undefined && issue.code === "invalid_type"
    ? `${name}: is required`
    : `${name}: ${issue.message}`;
}
