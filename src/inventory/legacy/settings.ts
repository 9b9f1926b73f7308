import { OperatorError } from "../../base/operator-error.ts";
import { NotReadable } from "./python/failure.ts";
import { evaluate } from "./python/evaluate.ts";
import { parseExpression } from "./python/statements.ts";
import { plainText, type PythonValue } from "./python/value.ts";

/** Values that the operator gives by `--set NAME=VALUE`, or `--set SECTION.OPTION=VALUE` for an option of rows. */
export type Settings = ReadonlyMap<string, PythonValue>;

const NAME = /^[A-Za-z_]\w*(\.[A-Za-z_]\w*)?$/;
/** Text that is a value of Python already: a number, a quoted text, a list, a constant. */
const LITERAL = /^(-?\d+(\.\d+)?|(["']).*\3|[[({].*[\])}]|True|False|None)$/s;

/** Reads the values of `--set`. What is not a literal of Python is text, so that no quotes are needed. Throws `USAGE`. */
export function parseSettings(words: readonly string[]): Settings {
  return new Map(words.map(parseSetting));
}

function parseSetting(word: string): readonly [string, PythonValue] {
  const equals = word.indexOf("=");
  const name = word.slice(0, Math.max(equals, 0)).trim();
  const text = word.slice(equals + 1);
  if (!NAME.test(name)) {
    throw new OperatorError(`--set "${word}" is not NAME=VALUE`, {
      code: "USAGE",
      hint: "such as --set base=salvus-2014-06-27",
    });
  }
  return [name, valueOf(text)];
}

function valueOf(text: string): PythonValue {
  if (!LITERAL.test(text) || /^-?0\d/.test(text)) return plainText(text);
  try {
    return evaluate(parseExpression(text), new Map());
  } catch (error) {
    if (error instanceof NotReadable) return plainText(text);
    throw error;
  }
}
