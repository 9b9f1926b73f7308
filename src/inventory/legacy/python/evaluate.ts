import { operate, signed } from "./arithmetic.ts";
import { NotReadable } from "./failure.ts";
import { toText } from "./format.ts";
import { asReferenceCall, type ReferenceCall } from "./references.ts";
import { describe, type Expression } from "./syntax.ts";
import { kindOf, reference, type PythonValue } from "./value.ts";

/** A name whose own line could not be read; what is made from it is not reported again. */
export const UNREADABLE = Symbol("a name without a value");

/** Names and their values as the lines above gave them. */
export type Scope = ReadonlyMap<string, PythonValue | typeof UNREADABLE>;

const CONSTANTS: Readonly<Record<string, PythonValue>> = { True: true, False: false, None: null };
const MAX_RANGE = 100_000;

/**
 * The value of an expression: literals, names, arithmetic, lists, dictionaries, indexing and `%` formatting. Nothing is
 * executed. Throws `NotReadable` for anything else.
 */
export function evaluate(expression: Expression, scope: Scope): PythonValue {
  const inner = (below: Expression) => evaluate(below, scope);
  const found = asReferenceCall(expression);
  if (found !== undefined) return resolve(found, expression, scope);
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "name":
      return nameValue(expression.name, expression.at, scope);
    case "sequence":
      return { kind: expression.type, items: expression.items.map(inner) };
    case "dictionary": {
      const entries = expression.entries.map(
        ({ key, value }) => [keyText(inner(key), key.at), inner(value)] as const,
      );
      return { kind: "dictionary", entries: new Map(entries) };
    }
    case "unary":
      return signed(inner(expression.operand), expression);
    case "binary":
      return operate(inner(expression.left), inner(expression.right), expression);
    case "item":
      return itemOf(inner(expression.of), inner(expression.index), expression.at);
    case "slice":
      return sliceOf(expression, scope);
    case "attribute":
      throw new NotReadable(`${describe(expression)} would have to be executed`, expression.at);
    case "opaque":
      throw new NotReadable(expression.message, expression.problemAt);
    case "call":
      return call(expression, scope);
  }
}

/** The key of a dictionary as text. */
export function keyText(value: PythonValue, at: number): string {
  if (typeof value === "string" || typeof value === "bigint") return String(value);
  throw new NotReadable(`${kindOf(value)} cannot be a key here`, at);
}

function nameValue(name: string, at: number, scope: Scope): PythonValue {
  const value = scope.get(name);
  if (value === UNREADABLE) throw new NotReadable(`${name} has no value`, at, { name, known: true });
  if (value !== undefined) return value;
  const constant = Object.hasOwn(CONSTANTS, name) ? CONSTANTS[name] : undefined;
  if (constant === undefined) throw new NotReadable(`nothing above gives "${name}" a value`, at, { name });
  return constant;
}

function resolve(found: ReferenceCall, { at }: Expression, scope: Scope): PythonValue {
  const argument = found.kind === "json" ? found.path : found.name;
  const text = evaluate(argument, scope);
  if (typeof text !== "string") throw new NotReadable(`a text is expected, not ${kindOf(text)}`, argument.at);
  if (found.kind === "json") return { kind: "json", path: text, pointer: "" };
  if (!/^\w+$/.test(text)) throw new NotReadable(`"${text}" is not the name of a variable`, at);
  return `\${env:${text}}`;
}

function itemOf(value: PythonValue, index: PythonValue, at: number): PythonValue {
  if (typeof value === "object" && value !== null) {
    if (value.kind === "json") {
      const token = keyText(index, at).replaceAll("~", "~0").replaceAll("/", "~1");
      return { ...value, pointer: `${value.pointer}/${token}` };
    }
    if (value.kind === "dictionary") {
      const key = keyText(index, at);
      return present(value.entries.get(key), `there is no "${key}" in the dictionary`, at);
    }
    return present(value.items.at(position(index, at)), "the list is not that long", at);
  }
  if (typeof value === "string" && hasOwnLetters(value))
    return present(Array.from(value).at(position(index, at)), "the text is not that long", at);
  throw new NotReadable(`${kindOf(value)} has no parts that are known here`, at);
}

function sliceOf(slice: Extract<Expression, { kind: "slice" }>, scope: Scope): PythonValue {
  const value = evaluate(slice.of, scope);
  const bound = (edge: Expression | undefined) =>
    edge === undefined ? undefined : position(evaluate(edge, scope), edge.at);
  const range = [bound(slice.from), bound(slice.to)] as const;
  if (typeof value === "string" && hasOwnLetters(value)) return value.slice(...range);
  if (typeof value === "object" && value !== null && "items" in value)
    return { kind: value.kind, items: value.items.slice(...range) };
  throw new NotReadable(`${kindOf(value)} has no parts that are known here`, slice.at);
}

/** Whether a text is as its letters are written: no reference in it, and no plain `${`, which is kept as `$${`. */
function hasOwnLetters(text: string): boolean {
  return !text.includes("${");
}

function position(index: PythonValue, at: number): number {
  if (typeof index === "bigint" || typeof index === "boolean") return Number(index);
  throw new NotReadable(`${kindOf(index)} is no position`, at);
}

function present(value: PythonValue | undefined, otherwise: string, at: number): PythonValue {
  if (value === undefined) throw new NotReadable(otherwise, at);
  return value;
}

/** Only `range` and the conversions `str` and `int`, which are values by another name; any other call is refused. */
function call({ called, inside, at }: Extract<Expression, { kind: "call" }>, scope: Scope): PythonValue {
  const name = called.kind === "name" && !scope.has(called.name) ? called.name : "";
  const values = () => inside.map(argument => evaluate(argument, scope));
  const [first] = inside;
  if (name === "range") return range(values(), at);
  if (name === "str" && first !== undefined && inside.length === 1) return toText(evaluate(first, scope));
  if (name === "int" && first !== undefined && inside.length === 1)
    return wholeNumber(evaluate(first, scope), at);
  throw new NotReadable(`${describe(called)}(…) would have to be executed`, at);
}

function range(values: readonly PythonValue[], at: number): PythonValue {
  const numbers = values.map(value => position(value, at));
  const [first = 0, second, step = 1] = numbers;
  const from = second === undefined ? 0 : first;
  const to = second ?? first;
  const length = Math.max(0, Math.ceil((to - from) / step));
  if (numbers.length === 0 || numbers.length > 3 || step === 0 || length > MAX_RANGE)
    throw new NotReadable("this range cannot be read", at);
  return { kind: "list", items: Array.from({ length }, (_, index) => BigInt(from + index * step)) };
}

function wholeNumber(value: PythonValue, at: number): bigint {
  if (typeof value === "bigint" || typeof value === "boolean") return BigInt(value);
  if (typeof value === "number" && Number.isFinite(value)) return BigInt(Math.trunc(value));
  if (typeof value === "string" && /^\s*[-+]?\d+\s*$/.test(value))
    return BigInt(value.trim().replace(/^\+/, ""));
  const shown = typeof value === "object" && value?.kind === "json" ? reference(value) : kindOf(value);
  throw new NotReadable(`${shown} is no whole number here`, at);
}
