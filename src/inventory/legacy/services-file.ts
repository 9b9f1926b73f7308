import { closest } from "../../base/suggest.ts";
import type { Problems } from "../problems.ts";
import type { Offset } from "../source/value.ts";
import { linesOf, type Line } from "./lines.ts";
import type { Option, Options, Row, Section } from "./model.ts";
import { Assignments, refusalOf } from "./assignments.ts";
import { keyText } from "./python/evaluate.ts";
import { NotReadable } from "./python/failure.ts";
import { isStatement, parseExpression } from "./python/statements.ts";
import type { DictionaryEntry, Expression } from "./python/syntax.ts";
import { kindOf, type PythonValue } from "./python/value.ts";
import type { Settings } from "./settings.ts";

/** The old parser did not ask for the closing bracket. */
const SECTION = /^\s*\[\s*([^\]\s]+)\s*\]?\s*/;
const ROW = /^\s*([^\s{]+)\s*/;
/** A row that was switched off by a `#` before it. */
const ROW_SWITCHED_OFF = /^\s*#\s*[A-Za-z0-9][\w.-]*\s*(\{.*\}\s*(#.*)?)$/;

export interface ServicesFile {
  /** In the order of the file, which is that of starting. */
  sections: readonly Section[];
  /** How many rows were commented out. */
  switchedOff: number;
}

/**
 * Reads an old `services` file: assignments, `[section] {options}` and rows `name {options}`. Each line sees the values of
 * the lines above it. Nothing is executed: what would have to be goes to `problems` with the `--set` that replaces it.
 */
export function readServicesFile(
  text: string,
  { problems, settings }: { problems: Problems; settings: Settings },
): ServicesFile {
  return new Reader(problems, settings).read(text);
}

interface OpenSection extends Section {
  rows: Row[];
}

class Reader {
  readonly #problems: Problems;
  readonly #settings: Settings;
  readonly #names: Assignments;
  readonly #sections = new Map<string, OpenSection>();
  #current: OpenSection | undefined;
  #switchedOff = 0;

  constructor(problems: Problems, settings: Settings) {
    this.#problems = problems;
    this.#settings = settings;
    this.#names = new Assignments(settings);
  }

  read(text: string): ServicesFile {
    for (const line of linesOf(text)) this.#line(line);
    this.#names.report(this.#problems);
    this.#checkSettings(text);
    return { sections: [...this.#sections.values()], switchedOff: this.#switchedOff };
  }

  #line(line: Line): void {
    if (/^\s*(#|$)/.test(line.text)) {
      if (ROW_SWITCHED_OFF.test(line.text)) this.#switchedOff += 1;
    } else if (isStatement(line.text)) this.#names.run(line);
    else if (SECTION.test(line.text)) this.#open(line);
    else this.#row(line);
  }

  #open({ text, start }: Line): void {
    const [head, name = ""] = SECTION.exec(text) ?? [""];
    const at = start + text.indexOf("[");
    if (this.#sections.has(name)) {
      const message = `[${name}] is here twice; as in the old tool, only the rows of the last one count`;
      this.#problems.add({ at, message, severity: "warning" });
      this.#sections.delete(name);
    }
    const options = this.#options({ text, start }, { from: head.length, section: name });
    this.#current = { name, options, rows: [], at };
    this.#sections.set(name, this.#current);
  }

  #row({ text, start }: Line): void {
    const [head, query = ""] = ROW.exec(text) ?? [""];
    const at = start + text.indexOf(query);
    if (this.#current === undefined) {
      const message = "a row before the first section; as in the old tool, it counts for nothing";
      this.#problems.add({ at, message, severity: "warning" });
      return;
    }
    const options = this.#options({ text, start }, { from: head.length, section: this.#current.name });
    this.#current.rows.push({ query, options, at });
  }

  #options(line: Line, { from, section }: { from: number; section: string }): Options {
    if (/^\s*(#|$)/.test(line.text.slice(from))) return new Map();
    try {
      const expression = parseExpression(line.text, from);
      if (expression.kind === "dictionary") return this.#entries(expression.entries, { line, section });
      const value = this.#names.valueOf(expression);
      if (typeof value !== "object" || value?.kind !== "dictionary")
        throw new NotReadable(`options are {'name': value, …}, not ${kindOf(value)}`, expression.at);
      const at = line.start + expression.at;
      return new Map([...value.entries].map(([key, below]) => [key, { value: below, at }]));
    } catch (error) {
      if (!(error instanceof NotReadable)) throw error;
      if (!error.known) this.#problems.add(refusalOf(error, { start: line.start, ask: [] }));
      return new Map();
    }
  }

  /** Each option by itself, so that one that cannot be read is asked for alone. */
  #entries(entries: readonly DictionaryEntry[], { line, section }: { line: Line; section: string }): Options {
    const options = new Map<string, Option>();
    for (const { key, value } of entries) {
      const name = keyText(this.#names.valueOf(key), key.at);
      const found = this.#optionValue(value, { name: `${section}.${name}`, start: line.start });
      if (found !== undefined) options.set(name, { value: found, at: line.start + value.at });
    }
    return options;
  }

  #optionValue(
    expression: Expression,
    { name, start }: { name: string; start: Offset },
  ): PythonValue | undefined {
    try {
      return this.#names.valueOf(expression);
    } catch (error) {
      if (!(error instanceof NotReadable)) throw error;
      const given = this.#settings.get(name);
      if (given === undefined && !error.known) this.#problems.add(refusalOf(error, { start, ask: [name] }));
      return given;
    }
  }

  /** A value for a name that nobody asks for is most probably a slip. */
  #checkSettings(text: string): void {
    const words = new Set(text.match(/[A-Za-z_]\w*/g));
    for (const name of this.#settings.keys()) {
      if (name.split(".").every(part => words.has(part))) continue;
      const near = closest(name, words);
      const suggestion = near === undefined ? undefined : `did you mean --set ${near}=…?`;
      this.#problems.add({ at: 0, message: `--set ${name}: nothing here has that name`, suggestion });
    }
  }
}
