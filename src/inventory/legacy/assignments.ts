import type { ProblemDraft, Problems } from "../problems.ts";
import type { Offset } from "../source/value.ts";
import type { Line } from "./lines.ts";
import { evaluate, UNREADABLE } from "./python/evaluate.ts";
import { NotReadable } from "./python/failure.ts";
import { parseStatement, statementsOf, type StatementSource } from "./python/statements.ts";
import type { Expression } from "./python/syntax.ts";
import { kindOf, type PythonValue } from "./python/value.ts";
import type { Settings } from "./settings.ts";

/** A statement without a value. */
interface Refused {
  names: readonly string[];
  problem: ProblemDraft;
}

/** The values of names, as the lines of a services file give them one after the other, or the operator with `--set`. */
export class Assignments {
  readonly #settings: Settings;
  readonly #scope: Map<string, PythonValue | typeof UNREADABLE>;
  readonly #refused: Refused[] = [];
  /** Names without a value that something else asked for. */
  readonly #needed = new Set<string>();
  /** Words of statements that a given value replaced. */
  readonly #replaced = new Set<string>();

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#scope = new Map(settings);
  }

  run({ text, start }: Line): void {
    for (const statement of statementsOf(text)) this.#statement(statement, start);
  }

  /** The value of an expression at this line. Throws `NotReadable`. */
  valueOf(expression: Expression): PythonValue {
    try {
      return evaluate(expression, this.#scope);
    } catch (error) {
      if (error instanceof NotReadable && error.known) this.#needed.add(error.missing ?? "");
      throw error;
    }
  }

  /** Says what could not be read, unless its value is only for a line whose own value was given: `--set base=…`. */
  report(problems: Problems): void {
    for (const { names, problem } of this.#refused) {
      const isReplaced = names.some(name => this.#replaced.has(name));
      if (!isReplaced || names.some(name => this.#needed.has(name))) problems.add(problem);
    }
  }

  #statement(source: StatementSource, start: Offset): void {
    const { names, tokens } = source;
    const missing = names.filter(name => !this.#settings.has(name));
    if (names.length > 0 && missing.length === 0) {
      for (const { kind, text } of tokens) if (kind === "name") this.#replaced.add(text);
      return;
    }
    try {
      const statement = parseStatement(source);
      if (statement.kind === "import") return;
      const value = this.valueOf(statement.value);
      for (const target of statement.targets) this.#bind(target, value, statement.value.at);
    } catch (error) {
      if (!(error instanceof NotReadable)) throw error;
      for (const name of missing) this.#scope.set(name, UNREADABLE);
      if (!error.known)
        this.#refused.push({ names: missing, problem: refusalOf(error, { start, ask: missing }) });
    }
  }

  #bind(target: readonly string[], value: PythonValue, at: number): void {
    const parts = target.length === 1 ? [value] : itemsOf(value, at);
    if (parts.length !== target.length)
      throw new NotReadable(`${parts.length} values for ${target.length} names`, at);
    target.forEach((name, index) => this.#scope.set(name, this.#settings.get(name) ?? parts[index] ?? null));
  }
}

/** The problem of a piece of Python without a value, with the `--set` that gives it. */
export function refusalOf(
  { message, at, missing }: NotReadable,
  { start, ask }: { start: Offset; ask: readonly string[] },
): ProblemDraft {
  const names = missing === undefined ? ask : [missing];
  const wish = names.map(name => `--set ${name}=VALUE`).join(" ");
  const suggestion =
    names.length === 0 ? "nothing is executed here: write the value itself" : `give the value: ${wish}`;
  return { at: start + at, message, suggestion };
}

function itemsOf(value: PythonValue, at: number): readonly PythonValue[] {
  if (typeof value === "object" && value !== null && "items" in value) return value.items;
  throw new NotReadable(`${kindOf(value)} is not several values`, at);
}
