import { isAlias, isMap, isScalar, isSeq, parseDocument, type Node, type Pair, type YAMLMap } from "yaml";
import type { Problems } from "../problems.ts";
import type { Entry, MapValue, Offset, Scalar, Value } from "./value.ts";

/** What aliases may add up to: a page of them can otherwise stand for more values than there is memory. */
const MAX_VALUES = 5_000_000;

/** Reads the YAML text into values with positions. Gives undefined when the whole is not a mapping; says why in `problems`. */
export function parseSource(text: string, problems: Problems): MapValue | undefined {
  const root = new Reader(problems).read(text);
  if (root === undefined || root.kind === "map") return root;
  const empty = root.kind === "scalar" && root.value === null;
  problems.add({
    at: empty ? 0 : root.at,
    message: empty ? "the services file is empty" : "the services file must be a mapping of keys to values",
    suggestion: "begin with `smc: 1`; conf/services.yaml in the source of smc is a commented example",
  });
  return undefined;
}

class Reader {
  readonly #problems: Problems;
  readonly #anchors = new Map<string, { value: Value; size: number }>();
  #size = 0;

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  read(text: string): Value | undefined {
    try {
      // The parser's own check for repeated keys compares each with all; #map below does it in one pass.
      const options = {
        uniqueKeys: false,
        intAsBigInt: true,
        prettyErrors: false,
        logLevel: "error",
      } as const;
      const document = parseDocument(text, options);
      for (const { pos, message } of [...document.errors, ...document.warnings]) {
        this.#problems.add({ at: pos[0], message: yamlMessage(message) });
      }
      return document.errors.length > 0 ? undefined : this.#value(document.contents, 0);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#problems.add({ at: 0, message: "the services file is nested too deeply to be read" });
      return undefined;
    }
  }

  #value(node: Node | null, parentAt: Offset): Value {
    const at = node?.range?.[0] ?? parentAt;
    const before = this.#size++;
    if (isAlias(node)) return this.#alias(node.source, at);
    const value = this.#content(node, at);
    if (node !== null && "anchor" in node && node.anchor !== undefined) {
      this.#anchors.set(node.anchor, { value, size: this.#size - before });
    }
    return value;
  }

  #content(node: Node | null, at: Offset): Value {
    if (isMap(node)) return this.#map(node, at);
    if (isSeq(node)) {
      return { kind: "list", at, items: node.items.map(item => this.#value(item as Node | null, at)) };
    }
    if (!isScalar(node)) return { kind: "scalar", at, value: null };
    const value = scalarOf(node.value);
    const { source } = node;
    const isOdd = typeof value === "number" && source !== undefined && source !== String(value);
    return { kind: "scalar", at, value, ...(isOdd ? { written: source } : {}) };
  }

  #map(node: YAMLMap, at: Offset): MapValue {
    const entries = new Map<string, Entry>();
    for (const pair of node.items as Pair<Node, Node | null>[]) {
      const keyAt = pair.key.range?.[0] ?? at;
      const key = keyOf(pair.key);
      if (key === undefined) {
        this.#problems.add({ at: keyAt, message: "a key must be a name", suggestion: quoteHint(pair.key) });
      } else if (entries.has(key)) {
        this.#problems.add({
          at: keyAt,
          message: `"${key}" is here twice`,
          suggestion: "join the two, or delete the one that is wrong",
        });
      } else {
        entries.set(key, { keyAt, value: this.#value(pair.value, keyAt) });
      }
    }
    return { kind: "map", at, entries };
  }

  #alias(source: string, at: Offset): Value {
    const target = this.#anchors.get(source);
    this.#size += target?.size ?? 0;
    if (target !== undefined && this.#size <= MAX_VALUES) return target.value;
    const message =
      target === undefined
        ? `the alias *${source} has no anchor &${source} before it`
        : `the aliases stand for more than ${MAX_VALUES} values`;
    this.#problems.add({ at, message, suggestion: "use `vars:` and ${name} for values that repeat" });
    return { kind: "scalar", at, value: null };
  }
}

function keyOf(node: Node): string | undefined {
  if (!isScalar(node)) return undefined;
  return typeof node.value === "string" ? node.value : (node.source ?? undefined);
}

/** `{n}` and `${x}` without quotes at the start of a key or value are flow mappings to YAML. */
function quoteHint(node: Node): string | undefined {
  return isMap(node) || isSeq(node) ? "put keys with brackets or braces in quotes" : undefined;
}

function scalarOf(value: unknown): Scalar {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? value : null;
}

function yamlMessage(message: string): string {
  return `not YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}
