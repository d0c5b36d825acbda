/**
 * One step of the schema's history, never edited once released. MySQL commits each DDL statement by itself, so a step
 * that was cut off runs again from its first statement: every statement must be harmless when repeated.
 */
export interface Migration {
  /** Orders the steps, and is what the table `migration` remembers. */
  name: string;
  statements: readonly string[];
}
