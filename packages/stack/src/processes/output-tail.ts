/** The last lines of a process, for the message when it fails. */
export class OutputTail {
  readonly #lines: string[] = [];
  readonly #capacity: number;

  constructor(capacity = 200) {
    this.#capacity = capacity;
  }

  push(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > this.#capacity) {
      this.#lines.shift();
    }
  }

  /** Oldest first. */
  lines(): readonly string[] {
    return [...this.#lines];
  }

  /** The last `count` lines, indented, as the end of an error message; a note when there are none. */
  describe(count = 20): string {
    const last = this.#lines.slice(-count);
    return last.length === 0 ? "  (it printed nothing)" : last.map((line) => `  ${line}`).join("\n");
  }
}
