import type { Expression } from "./syntax.ts";

/** A call that the services file can say too, without executing anything. */
export type ReferenceCall =
  | { kind: "environment"; name: Expression }
  /** `json.loads(open(PATH).read())` */
  | { kind: "json"; path: Expression };

/**
 * Recognises the look-ups that the old files used: `os.environ['X']`, `os.environ.get('X')`, `os.getenv('X')`,
 * `json.load(open(PATH))` and `json.loads(open(PATH).read())`. Gives undefined for everything else.
 */
export function asReferenceCall(expression: Expression): ReferenceCall | undefined {
  if (expression.kind === "item") {
    return isNamed(expression.of, "os.environ") ? { kind: "environment", name: expression.index } : undefined;
  }
  if (expression.kind !== "call") return undefined;
  const [first, ...others] = expression.inside;
  if (first === undefined || others.length > 0) return undefined;
  if (isNamed(expression.called, "os.getenv") || isNamed(expression.called, "os.environ.get"))
    return { kind: "environment", name: first };
  if (isNamed(expression.called, "json.load")) return openedFile(first);
  const isRead = first.kind === "call" && first.called.kind === "attribute" && first.called.name === "read";
  return isNamed(expression.called, "json.loads") && isRead && first.called.kind === "attribute"
    ? openedFile(first.called.of)
    : undefined;
}

function openedFile(expression: Expression): ReferenceCall | undefined {
  if (expression.kind !== "call" || !isNamed(expression.called, "open")) return undefined;
  const [path] = expression.inside;
  return path === undefined ? undefined : { kind: "json", path };
}

function isNamed(expression: Expression, dotted: string): boolean {
  if (expression.kind === "name") return expression.name === dotted;
  if (expression.kind !== "attribute") return false;
  const dot = dotted.lastIndexOf(".");
  return expression.name === dotted.slice(dot + 1) && isNamed(expression.of, dotted.slice(0, dot));
}
