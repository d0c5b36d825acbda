/** Where is written what nobody is answered with. */
export interface Log {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
