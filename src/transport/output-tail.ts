import type { Bytes } from "../base/units.ts";

const NEWLINE = 0x0a;

/** What is left of an output stream: its end, and how much of its beginning was dropped. */
export interface KeptOutput {
  text: string;
  cut: Bytes;
}

/** Collects a stream and keeps the last `limit` bytes of it, so that a command that never stops talking costs bounded memory. */
export class OutputTail {
  readonly #limit: Bytes;
  #chunks: Buffer[] = [];
  #kept: Bytes = 0;
  #cut: Bytes = 0;

  constructor(limit: Bytes) {
    this.#limit = limit;
  }

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#kept += chunk.length;
    if (this.#kept > 2 * this.#limit) this.#trim();
  }

  /** The end of the stream as UTF-8. After a cut it starts at the beginning of a line, where there is one. */
  result(): KeptOutput {
    if (this.#kept > this.#limit) this.#trim();
    const bytes = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
    if (bytes === undefined) return { text: "", cut: 0 };
    const start = this.#cut === 0 ? 0 : startOfLine(bytes);
    return { text: bytes.toString("utf8", start), cut: this.#cut === 0 ? 0 : this.#cut + start };
  }

  #trim(): void {
    const all = Buffer.concat(this.#chunks);
    const dropped = all.length - this.#limit;
    this.#chunks = [all.subarray(dropped)];
    this.#kept = this.#limit;
    this.#cut += dropped;
  }
}

function startOfLine(bytes: Buffer): number {
  const newline = bytes.indexOf(NEWLINE);
  return newline === -1 ? 0 : newline + 1;
}
