/**
 * A statement that runs unless there is a row of `present`, such as "information_schema.columns WHERE …". Neither server adds
 * only what is missing, in words that both understand; so the step looks for itself. The statement may hold no quote.
 */
export function unlessPresent(present: string, statement: string): string[] {
  return [
    `SET @step = IF(EXISTS (SELECT 1 FROM ${present}), 'DO 0', '${statement}')`,
    "PREPARE step FROM @step",
    "EXECUTE step",
    "DEALLOCATE PREPARE step",
  ];
}
