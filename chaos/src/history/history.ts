import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { dirname } from "node:path";
import { finished } from "node:stream/promises";
import type { Entry } from "./entry.ts";

/** All that was seen in a run, one JSON object a line, in the order in which it was seen. */
export class History implements AsyncDisposable {
  readonly path: string;
  readonly #file: WriteStream;

  /** Begins the file anew. */
  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.path = path;
    this.#file = createWriteStream(path);
  }

  /** What comes when it is ended is not kept: the end itself cut it off. */
  write(entry: Entry): void {
    if (!this.#file.writableEnded) this.#file.write(`${JSON.stringify(entry)}\n`);
  }

  /** @throws what kept it from being written */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#file.end();
    await finished(this.#file);
  }
}
