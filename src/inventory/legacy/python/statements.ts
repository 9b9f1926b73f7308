import { NotReadable } from "./failure.ts";
import { Parser } from "./parser.ts";
import type { BinaryOperator, Expression, Statement } from "./syntax.ts";
import { tokenize } from "./tokens.ts";

const IMPORT = /^\s*(?:import|from)\s/;
/** The names on the left of an assignment, and nothing that compares. */
const ASSIGNMENT = /^\s*\(?\s*[A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*\s*,?\s*\)?\s*(?:\*\*|\/\/|[-+*/%])?=(?!=)/;

/** Whether a line is Python of its own and not a row of a section. */
export function isStatement(line: string): boolean {
  return IMPORT.test(line) || ASSIGNMENT.test(line);
}

/** The names that a line gives a value, also where the rest of it cannot be read. */
export function assignedNames(line: string): readonly string[] {
  const [head] = ASSIGNMENT.exec(line) ?? [];
  return head?.match(/[A-Za-z_]\w*/g) ?? [];
}

/** Reads a line of statements, `a = 1; b = a + 1`. Throws `NotReadable`. */
export function parseStatements(line: string): readonly Statement[] {
  if (IMPORT.test(line)) return [{ kind: "import", names: importedNames(line) }];
  const parser = new Parser(tokenize(line));
  const statements: Statement[] = [];
  while (parser.peek().kind !== "end") {
    if (parser.skip(";")) continue;
    statements.push(assignment(parser));
    if (!parser.atEnd()) throw parser.unexpected();
  }
  return statements;
}

/** Reads a line, or the part of one from `from` on, that must be one expression. Throws `NotReadable`. */
export function parseExpression(line: string, from = 0): Expression {
  const parser = new Parser(tokenize(" ".repeat(from) + line.slice(from)));
  const expression = parser.expressions();
  if (parser.peek().kind !== "end") throw parser.unexpected();
  return expression;
}

function importedNames(line: string): readonly string[] {
  const list = line.replace(/#.*/, "").replace(/^\s*(?:from\s.*?\s)?import\s+/, "");
  return list.split(",").map(part => /(\w+)\s*$/.exec(part)?.[1] ?? "");
}

function assignment(parser: Parser): Statement {
  const targets: (readonly string[])[] = [];
  let value = parser.expressions();
  const augmented = /^(\*\*|\/\/|[-+*/%])=$/.exec(parser.peek().text)?.[1];
  if (augmented !== undefined && value.kind === "name") {
    const { at } = parser.take();
    const right = parser.expressions();
    const operator = augmented as BinaryOperator;
    return {
      kind: "assignment",
      targets: [[value.name]],
      value: { kind: "binary", at, operator, left: value, right },
    };
  }
  while (parser.skip("=")) {
    targets.push(targetNames(value));
    value = parser.expressions();
  }
  if (targets.length === 0) throw new NotReadable("this line would have to be executed", value.at);
  return { kind: "assignment", targets, value };
}

function targetNames(target: Expression): readonly string[] {
  if (target.kind === "name") return [target.name];
  if (target.kind === "sequence" && target.type === "tuple") return target.items.flatMap(targetNames);
  throw new NotReadable("only names can be given a value here", target.at);
}
