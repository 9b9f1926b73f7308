import type { Problems } from "../../problems.ts";
import type { LegacyInstance, LegacyVm, Option } from "../model.ts";
import type { Notes } from "../notes.ts";
import { isTruthy, kindOf, type PythonValue } from "../python/value.ts";
import { toText } from "../python/format.ts";

/** Reads the options of one row, and remembers which of them nobody asked for. */
export class OptionReader {
  readonly #options: Map<string, Option>;
  readonly #problems: Problems;

  constructor({ options }: Pick<LegacyInstance | LegacyVm, "options">, problems: Problems) {
    this.#options = new Map(options);
    this.#problems = problems;
  }

  /** The value, which then counts as read; undefined for `None` too. */
  value(name: string): PythonValue | undefined {
    return this.#take(name)?.value ?? undefined;
  }

  text(name: string): string | undefined {
    const value = this.value(name);
    return value === undefined ? undefined : toText(value);
  }

  /** A number of the old files may be written as text. */
  number(name: string): number | undefined {
    const option = this.#take(name);
    if (option === undefined || option.value === null) return undefined;
    const { value, at } = option;
    const number = typeof value === "string" ? Number.parseFloat(value) : Number(value);
    const isNumber =
      typeof value === "string" ? /^\s*-?\d+(\.\d+)?\s*$/.test(value) : typeof value !== "object";
    if (isNumber && Number.isFinite(number)) return number;
    const found = isNumber ? "one this large" : typeof value === "string" ? `"${value}"` : kindOf(value);
    this.#problems.add({ at, message: `${name}: a number is expected, not ${found}` });
    return undefined;
  }

  port(name: string): number | undefined {
    const at = this.#options.get(name)?.at ?? 0;
    const port = this.number(name);
    if (port === undefined || (Number.isInteger(port) && port > 0 && port < 65_536)) return port;
    this.#problems.add({ at, message: `${name}: a port is a number from 1 to 65535` });
    return undefined;
  }

  flag(name: string): boolean | undefined {
    const value = this.value(name);
    return value === undefined ? undefined : isTruthy(value);
  }

  ignore(...names: readonly string[]): void {
    for (const name of names) this.#options.delete(name);
  }

  /** What is left when all that has a place was read. */
  left(): ReadonlyMap<string, Option> {
    return this.#options;
  }

  /** Says of everything left that the services file has no place for it. */
  dropLeft(section: string, { host, notes }: { host: string; notes: Notes }): void {
    for (const name of this.#options.keys())
      notes.dropped(`${section}: ${name}`, { host, why: "left out, smc has no such setting" });
  }

  #take(name: string): Option | undefined {
    const option = this.#options.get(name);
    this.#options.delete(name);
    return option;
  }
}
