/** An expression. `at` is where to point: the operator of an operation, else the first letter. From 0, in its line. */
export type Expression =
  | { kind: "literal"; at: number; value: string | bigint | number }
  | { kind: "name"; at: number; name: string }
  | { kind: "sequence"; at: number; type: "list" | "tuple"; items: readonly Expression[] }
  | { kind: "dictionary"; at: number; entries: readonly DictionaryEntry[] }
  | { kind: "unary"; at: number; operator: "-" | "+"; operand: Expression }
  | { kind: "binary"; at: number; operator: BinaryOperator; left: Expression; right: Expression }
  | { kind: "item"; at: number; of: Expression; index: Expression }
  | { kind: "slice"; at: number; of: Expression; from: Expression | undefined; to: Expression | undefined }
  | { kind: "attribute"; at: number; of: Expression; name: string }
  | { kind: "call"; at: number; called: Expression; inside: readonly Expression[] }
  /** A part that is more than a value; what comes after it could be read. */
  | { kind: "opaque"; at: number; message: string; problemAt: number };

export interface DictionaryEntry {
  key: Expression;
  value: Expression;
}

export type BinaryOperator = "+" | "-" | "*" | "/" | "//" | "%" | "**";

/** One statement of a line. */
export type Statement =
  /** `a = b = 1` has two targets, `a, b = 1, 2` one of two names; `a += 1` is `a = a + 1`. */
  { kind: "assignment"; targets: readonly (readonly string[])[]; value: Expression } | { kind: "import" };

/** How an expression was written, for messages: `os.path.splitext`. */
export function describe(expression: Expression): string {
  if (expression.kind === "name") return expression.name;
  if (expression.kind === "attribute") return `${describe(expression.of)}.${expression.name}`;
  if (expression.kind === "call") return `${describe(expression.called)}(…)`;
  return expression.kind === "item" ? `${describe(expression.of)}[…]` : "…";
}
