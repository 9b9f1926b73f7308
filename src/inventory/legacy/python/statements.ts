import { NotReadable } from "./failure.ts";
import { Parser } from "./parser.ts";
import type { BinaryOperator, Expression, Statement } from "./syntax.ts";
import { tokenize, type Token } from "./tokens.ts";

const IMPORT = /^\s*(?:import|from)\s/;
/** Lines that begin like this are never a row, `{` or not. */
const KEYWORD = /^\s*(?:if|for|while|def|class|print|try|assert|del|exec|with|global|raise|return)\s+[^\s{#]/;
/** For lines that are no words of Python: names and an equals sign. */
const ASSIGNMENT = /^\s*\(?\s*[A-Za-z_]\w*(?:\s*,\s*[A-Za-z_]\w*)*\s*,?\s*\)?\s*(?:\*\*|\/\/|[-+*/%])?=(?!=)/;
const ASSIGNS = /^(?:\*\*|\/\/|[-+*/%])?=$/;

/** One statement of a line, not read yet. */
export interface StatementSource {
  /** The names that it gives a value, also where the rest of it cannot be read. */
  names: readonly string[];
  tokens: readonly Token[];
  /** Why its line cannot even be split into words. */
  failure?: NotReadable;
}

/** Whether a line is Python of its own and not a row of a section: it assigns, outside of strings and brackets. */
export function isStatement(line: string): boolean {
  if (IMPORT.test(line) || KEYWORD.test(line)) return true;
  const tokens = tokensOf(line);
  return tokens instanceof NotReadable ? ASSIGNMENT.test(line) : outside(tokens).some(isAssignment);
}

/** The statements of a line, `a = 1; b = a + 1`. */
export function statementsOf(line: string): readonly StatementSource[] {
  const tokens = tokensOf(line);
  if (tokens instanceof NotReadable) {
    const [head = ""] = ASSIGNMENT.exec(line) ?? [];
    return [{ names: head.match(/[A-Za-z_]\w*/g) ?? [], tokens: [], failure: tokens }];
  }
  return splitTokens(tokens, isSemicolon)
    .filter(part => part.length > 0)
    .map(part => {
      const end = { kind: "end", text: "", at: line.trimEnd().length } as const;
      return { names: assignedNames(part), tokens: [...part, end] };
    });
}

/** Reads a statement. Throws `NotReadable` at what is more than an assignment of a value, or an import. */
export function parseStatement({ tokens, failure }: StatementSource): Statement {
  if (failure !== undefined) throw failure;
  const [first] = tokens;
  if (first?.kind === "name" && (first.text === "import" || first.text === "from")) return { kind: "import" };
  if (first?.kind === "name" && KEYWORD.test(`${first.text} x`))
    throw new NotReadable(`"${first.text}" would have to be executed`, first.at);
  const parser = new Parser(tokens);
  const statement = assignment(parser);
  if (parser.peek().kind !== "end") throw parser.unexpected();
  return statement;
}

/** Reads a line, or the part of one from `from` on, that must be one expression. Throws `NotReadable`. */
export function parseExpression(line: string, from = 0): Expression {
  const parser = new Parser(tokenize(" ".repeat(from) + line.slice(from)));
  const expression = parser.expressions();
  if (parser.peek().kind !== "end") throw parser.unexpected();
  return expression;
}

function tokensOf(line: string): readonly Token[] | NotReadable {
  try {
    return tokenize(line).slice(0, -1);
  } catch (error) {
    if (error instanceof NotReadable) return error;
    throw error;
  }
}

/** Of `for i in x: a['k'], b = 1, 2` these are `a` and `b`: names before an equals sign, without what is in brackets. */
function assignedNames(tokens: readonly Token[]): readonly string[] {
  const targets = splitTokens(outside(tokens), isAssignment).slice(0, -1);
  return targets.flatMap(target => {
    const own = splitTokens(target, ({ text }) => text === ":").at(-1) ?? [];
    return own
      .filter(({ kind }, index) => kind === "name" && own[index - 1]?.text !== ".")
      .map(({ text }) => text);
  });
}

/** The words outside of brackets; a bracket that is the target itself, `(a, b) = …`, is looked into. */
function outside(tokens: readonly Token[]): readonly Token[] {
  let depth = 0;
  let hidden = 0;
  return tokens.filter(({ kind, text }, index) => {
    const isOperator = kind === "operator";
    if (isOperator && ["(", "[", "{"].includes(text)) {
      depth += 1;
      const isTarget = depth === 1 && text !== "{" && index === 0;
      if (hidden === 0 && !isTarget) hidden = depth;
      return false;
    }
    if (isOperator && [")", "]", "}"].includes(text)) {
      if (hidden === depth) hidden = 0;
      depth -= 1;
      return false;
    }
    return hidden === 0;
  });
}

function splitTokens(tokens: readonly Token[], isSeparator: (token: Token) => boolean): Token[][] {
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (token.kind === "operator" && isSeparator(token)) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
}

function isSemicolon({ text }: Token): boolean {
  return text === ";";
}

function isAssignment({ kind, text }: Token): boolean {
  return kind === "operator" && ASSIGNS.test(text);
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
  if (target.kind === "sequence") return target.items.flatMap(targetNames);
  throw new NotReadable("only names can be given a value here", target.at);
}
