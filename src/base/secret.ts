import { inspect } from "node:util";

const MASK = "[secret]";

/**
 * A value that must never be seen. Printing, JSON, inspecting and string templates all give `[secret]`;
 * only `reveal()` gives the value, and only the code that hands it to a host or a database calls that.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
