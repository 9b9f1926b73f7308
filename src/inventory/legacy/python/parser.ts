import { NotReadable } from "./failure.ts";
import type { BinaryOperator, DictionaryEntry, Expression } from "./syntax.ts";
import type { Token } from "./tokens.ts";

/** Deeper nesting than anybody writes; it keeps the parser from running out of stack. */
const MAX_DEPTH = 100;
/** Words that make an expression more than a value. */
const KEYWORDS = new Set(["for", "if", "else", "in", "not", "and", "or", "is", "lambda", "yield", "await"]);
const LEVELS: readonly (readonly BinaryOperator[])[] = [
  ["+", "-"],
  ["*", "/", "//", "%"],
];

/** Reads expressions of Python from the words of one line, by recursive descent. Throws `NotReadable` where they are none. */
export class Parser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** An expression, or several with commas between, which are a tuple. */
  expressions(): Expression {
    const first = this.expression();
    if (!this.isAt(",")) return first;
    const items = [first];
    while (this.skip(",")) {
      if (this.peek().kind === "end" || this.isAt("=")) break;
      items.push(this.expression());
    }
    return { kind: "sequence", type: "tuple", at: first.at, items };
  }

  expression(): Expression {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new NotReadable("this is nested too deeply", this.peek().at);
    const value = this.#binary(0);
    this.#depth -= 1;
    return value;
  }

  peek(): Token {
    return this.#tokens[this.#next] ?? { kind: "end", text: "", at: 0 };
  }

  take(): Token {
    const token = this.peek();
    this.#next += 1;
    return token;
  }

  isAt(...operators: readonly string[]): boolean {
    const { kind, text } = this.peek();
    return kind === "operator" && operators.includes(text);
  }

  skip(operator: string): boolean {
    if (!this.isAt(operator)) return false;
    this.#next += 1;
    return true;
  }

  expect(operator: string): void {
    if (!this.skip(operator)) throw this.unexpected();
  }

  unexpected(): NotReadable {
    const { kind, text, at } = this.peek();
    if (kind === "end") return new NotReadable("the line ends too early", at);
    if (kind === "name" && KEYWORDS.has(text))
      return new NotReadable(`"${text}" would have to be executed`, at);
    return new NotReadable(`"${text}" is not expected here`, at);
  }

  #binary(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    while (this.isAt(...operators)) {
      const { text, at } = this.take();
      const right = this.#binary(level + 1);
      left = { kind: "binary", at, operator: text as BinaryOperator, left, right };
    }
    return left;
  }

  #unary(): Expression {
    if (!this.isAt("-", "+")) return this.#power();
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new NotReadable("this is nested too deeply", this.peek().at);
    const { text, at } = this.take();
    const operand = this.#unary();
    this.#depth -= 1;
    return { kind: "unary", at, operator: text === "-" ? "-" : "+", operand };
  }

  /** Binds tighter than a sign before it and looser than one after it, and to the right. */
  #power(): Expression {
    const left = this.#postfix();
    if (!this.isAt("**")) return left;
    const { at } = this.take();
    return { kind: "binary", at, operator: "**", left, right: this.#unary() };
  }

  #postfix(): Expression {
    let value = this.#atom();
    for (;;) {
      const { at } = this.peek();
      if (this.skip("[")) value = this.#subscript(value, at);
      else if (this.skip("("))
        value = { kind: "call", at: value.at, called: value, inside: this.#items(")") };
      else if (this.skip(".")) {
        const { kind, text } = this.take();
        if (kind !== "name") throw new NotReadable("a name must follow the dot", at);
        value = { kind: "attribute", at: value.at, of: value, name: text };
      } else return value;
    }
  }

  #subscript(of: Expression, at: number): Expression {
    const from = this.isAt(":") ? undefined : this.expression();
    if (this.skip("]")) {
      if (from === undefined) throw this.unexpected();
      return { kind: "item", at, of, index: from };
    }
    this.expect(":");
    const to = this.isAt("]") ? undefined : this.expression();
    this.expect("]");
    return { kind: "slice", at, of, from, to };
  }

  /**
   * A part of a list, dictionary or call. One that cannot be read is skipped up to the next comma and kept as what it is, so
   * that the parts beside it still have their values.
   */
  #element(closing: string): Expression {
    const { at } = this.peek();
    const before = { next: this.#next, depth: this.#depth };
    try {
      const value = this.expression();
      if (this.isAt(",", closing)) return value;
      throw this.unexpected();
    } catch (error) {
      if (!(error instanceof NotReadable)) throw error;
      this.#next = before.next;
      this.#depth = before.depth;
      this.#skipElement(error);
      return { kind: "opaque", at, message: error.message, problemAt: error.at };
    }
  }

  #skipElement(reason: NotReadable): void {
    for (let open = 0; this.peek().kind !== "end"; this.take()) {
      if (open === 0 && this.isAt(",", ")", "]", "}")) return;
      if (this.isAt("(", "[", "{")) open += 1;
      else if (this.isAt(")", "]", "}")) open -= 1;
    }
    throw reason;
  }

  #atom(): Expression {
    const token = this.peek();
    const { kind, text, at } = token;
    if (kind === "name" && !KEYWORDS.has(text)) {
      this.take();
      return { kind: "name", at, name: text };
    }
    if (kind === "number") return { kind: "literal", at, value: numberOf(this.take()) };
    if (kind === "string") return { kind: "literal", at, value: this.#strings() };
    if (this.skip("[")) return { kind: "sequence", type: "list", at, items: this.#items("]") };
    if (this.skip("{")) return this.#dictionary(at);
    if (this.skip("(")) return this.#parenthesis(at);
    throw this.unexpected();
  }

  /** Strings beside each other are one. */
  #strings(): string {
    let text = "";
    while (this.peek().kind === "string") text += this.take().text;
    return text;
  }

  #parenthesis(at: number): Expression {
    if (this.skip(")")) return { kind: "sequence", type: "tuple", at, items: [] };
    const first = this.expression();
    if (this.skip(")")) return first;
    this.expect(",");
    return { kind: "sequence", type: "tuple", at, items: [first, ...this.#items(")")] };
  }

  #items(closing: string): readonly Expression[] {
    const items: Expression[] = [];
    while (!this.skip(closing)) {
      items.push(this.#element(closing));
      if (!this.isAt(closing)) this.expect(",");
    }
    return items;
  }

  #dictionary(at: number): Expression {
    const entries: DictionaryEntry[] = [];
    while (!this.skip("}")) {
      const key = this.expression();
      this.expect(":");
      entries.push({ key, value: this.#element("}") });
      if (!this.isAt("}")) this.expect(",");
    }
    return { kind: "dictionary", at, entries };
  }
}

/** Whole numbers are exact; `010` and `0o10` are octal, and an `L` at the end says nothing, as in Python 2. */
function numberOf({ text, at }: Token): bigint | number {
  const digits = text.replace(/l$/i, "");
  if (/^0\d+$/.test(digits) && /[89]/.test(digits)) throw new NotReadable(`${text} is not a number`, at);
  if (/^0[0-7]+$/.test(digits)) return BigInt(`0o${digits.slice(1)}`);
  return /^(\d+|0[xob][\da-f]+)$/i.test(digits) ? BigInt(digits.toLowerCase()) : Number(digits);
}
