/** How a value is laid out. Of these two kinds are all values of simple messages. */
export const VARINT = 0;
export const LENGTH_DELIMITED = 2;

/** What stands before a value. Not by shifting: the greatest field numbers would become negative. */
export function tagOf(fieldNumber: number, wireType: number): number {
  return fieldNumber * 8 + wireType;
}
