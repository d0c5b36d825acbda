/**
 * HPACK's Huffman code (RFC 7541, appendix B) as far as gRPC's headers need it: printable ASCII but the backslash. The code is
 * canonical: the symbols of a length have consecutive codes in this order, and follow those of the lengths before.
 */
const SYMBOLS: Readonly<Record<number, string>> = {
  5: "012aceiost",
  6: " %-./3456789=A_bdfghlmnpru",
  7: ":BCDEFGHIJKLMNOPQRSTUVWYjkqvwxyz",
  8: "&*,;XZ",
  10: '!"()?',
  11: "'+|",
  12: "#>",
  13: "\0$@[]~",
  14: "^}",
  15: "<`{",
};
const LONGEST = 15;

/** The text that was encoded so; of other symbols and what follows them, nothing. */
export function decodeHuffman(bytes: Buffer): string {
  let text = "";
  let code = 0;
  let length = 0;
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    code = (code << 1) | (((bytes[bit >> 3] as number) >> (7 - (bit & 7))) & 1);
    length += 1;
    const symbol = SYMBOLS[length]?.[code - (FIRST[length] ?? 0)];
    if (symbol !== undefined) {
      text += symbol;
      code = length = 0;
    } else if (length > LONGEST) break;
  }
  // What is left is the padding.
  return text;
}

/** The first code of each length. */
const FIRST: number[] = [];
for (let length = 1, next = 0; length <= LONGEST; length++) {
  next <<= 1;
  FIRST[length] = next;
  next += SYMBOLS[length]?.length ?? 0;
}
