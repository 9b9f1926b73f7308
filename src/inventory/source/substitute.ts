import type { SecretName } from "../../base/names.ts";
import { closest } from "../../base/suggest.ts";
import type { Problems } from "../problems.ts";
import { hasReference, parseTemplate, type TemplatePart } from "./template.ts";
import {
  fromPlain,
  isNull,
  mapScalars,
  textOf,
  type MapValue,
  type Offset,
  type ScalarValue,
  type Value,
} from "./value.ts";

/** The world outside the services file, asked through here so that loading stays pure. */
export interface Resolvers {
  /** An environment variable. */
  env(name: string): string | undefined;
  /** The content of a JSON file, or why there is none. */
  json(path: string): { value: unknown } | { failed: string };
  /** Whether a deployment has the secret, or why nobody can tell. Its value is not asked for. */
  hasSecret(deployment: string, name: SecretName): boolean | { failed: string };
}

/** The outcome of one reference: its value, that it has none on this machine, or that it is written wrong. */
type Resolved = { value: Value } | { missing: string } | { wrong: string; suggestion?: string | undefined };

const SECRET_NAME = /^[A-Za-z0-9_][\w.@-]*(\/[A-Za-z0-9_][\w.@-]*)*$/;
const KINDS = ["env:", "json:", "secret:"];

/**
 * Fills in `${name}`, `${env:NAME}`, `${json:PATH#/pointer}` and `${secret:NAME}`, and nothing else: a closed list, so that
 * reading a services file runs nothing. A value that is one reference takes the value whole, mappings too.
 */
export class Substitution {
  readonly #vars: MapValue | undefined;
  readonly #resolvers: Resolvers;
  readonly #problems: Problems;
  readonly #resolvedVars = new Map<string, Resolved>();
  readonly #underWay = new Set<string>();

  constructor(
    vars: MapValue | undefined,
    { resolvers, problems }: { resolvers: Resolvers; problems: Problems },
  ) {
    this.#vars = vars;
    this.#resolvers = resolvers;
    this.#problems = problems;
  }

  fill<V extends Value>(value: V): V {
    // A mapping stays a mapping and a list a list; only scalars change their kind.
    return mapScalars(value, {
      scalar: scalar => this.#scalar(scalar),
      key: (key, at) => (hasReference(key) ? this.#key(key, at) : key),
    }) as V;
  }

  #scalar(scalar: ScalarValue): Value {
    if (typeof scalar.value !== "string") return scalar;
    if (scalar.value.startsWith("secret:")) return this.#plainSecret(scalar, scalar.value);
    if (!hasReference(scalar.value)) return scalar;
    const resolved = this.#text(scalar.value, scalar.at);
    if ("value" in resolved) return resolved.value;
    if ("missing" in resolved) return { ...scalar, missing: resolved.missing };
    this.#problems.add({ at: scalar.at, message: resolved.wrong, suggestion: resolved.suggestion });
    return { kind: "scalar", at: scalar.at, value: null, faulty: true };
  }

  /** `certificate: "secret:NAME"`, the short way of `${secret:NAME}`. */
  #plainSecret(scalar: ScalarValue, text: string): Value {
    const name = text.slice("secret:".length);
    return SECRET_NAME.test(name) ? { ...scalar, value: { secret: name } } : scalar;
  }

  #key(key: string, at: Offset): string {
    const resolved = this.#text(key, at);
    const value = "value" in resolved && resolved.value.kind === "scalar" ? resolved.value.value : undefined;
    if (typeof value === "string" || typeof value === "number") return String(value);
    if (!("value" in resolved && isFaulty(resolved.value))) {
      const message =
        "wrong" in resolved ? resolved.wrong : "missing" in resolved ? resolved.missing : undefined;
      const suggestion = "wrong" in resolved ? resolved.suggestion : undefined;
      this.#problems.add({ at, message: message ?? `"${key}" does not make a name`, suggestion });
    }
    this.#problems.settle(at);
    return key;
  }

  #text(text: string, at: Offset): Resolved {
    const parts = parseTemplate(text);
    if (parts === undefined) return { wrong: 'a "${" has no "}"', suggestion: "write $${ for a plain ${" };
    const [first] = parts;
    if (parts.length === 1 && typeof first === "object") return this.#reference(first.reference, at);
    return this.#joined(parts, at);
  }

  #joined(parts: readonly TemplatePart[], at: Offset): Resolved {
    let text = "";
    for (const part of parts) {
      if (typeof part === "string") {
        text += part;
        continue;
      }
      const resolved = this.#reference(part.reference, at);
      if (!("value" in resolved)) return resolved;
      const { value } = resolved;
      if (isFaulty(value)) return resolved;
      if (value.kind !== "scalar" || isNull(value))
        return { wrong: "a list or mapping cannot be part of a text" };
      if (value.missing !== undefined) return { missing: value.missing };
      if (typeof value.value === "object") {
        return {
          wrong: "a secret must be the whole value",
          suggestion: "in the files of a service write {secret:NAME}",
        };
      }
      text += String(value.value);
    }
    return { value: { kind: "scalar", at, value: text } };
  }

  #reference(parts: readonly TemplatePart[], at: Offset): Resolved {
    const joined = this.#joined(parts, at);
    if (!("value" in joined) || isFaulty(joined.value)) return joined;
    const text = textOf(joined.value) ?? "";
    const [, kind, name = ""] = /^([a-z]+):(.*)$/s.exec(text) ?? [];
    if (kind === undefined) return this.#variable(text.trim(), at);
    if (kind === "env") return this.#environment(name, at);
    if (kind === "json") return this.#json(name, at);
    if (kind === "secret" && SECRET_NAME.test(name)) {
      return { value: { kind: "scalar", at, value: { secret: name } } };
    }
    if (kind === "secret")
      return { wrong: `"${name}" is not the name of a secret`, suggestion: "such as cassandra/hub" };
    const near = closest(`${kind}:`, KINDS);
    return {
      wrong: `"\${${text}}" is not one of the things that are filled in`,
      suggestion:
        near === undefined
          ? `these are: \${name} ${KINDS.map(k => `\${${k}…}`).join(" ")}`
          : `did you mean ${near}?`,
    };
  }

  #environment(name: string, at: Offset): Resolved {
    const value = this.#resolvers.env(name);
    if (value === undefined) return { missing: `the environment has no ${name}` };
    return { value: { kind: "scalar", at, value: asWritten(value) } };
  }

  #json(reference: string, at: Offset): Resolved {
    const hash = reference.indexOf("#");
    const path = hash === -1 ? reference : reference.slice(0, hash);
    const answer = this.#resolvers.json(path);
    if ("failed" in answer) return { missing: `${path}: ${answer.failed}` };
    const pointer = hash === -1 ? "" : reference.slice(hash + 1);
    const found = pointedAt(answer.value, pointer);
    return found === undefined
      ? { missing: `${path} has nothing at ${pointer}` }
      : { value: fromPlain(found, at) };
  }

  #variable(name: string, at: Offset): Resolved {
    const entry = this.#vars?.entries.get(name);
    if (entry === undefined)
      return { wrong: `there is no "${name}" in vars`, suggestion: this.#similarVariable(name) };
    const known = this.#resolvedVars.get(name) ?? this.#resolveVariable(name, entry.value);
    // The place of use is what an operator changes first; mappings keep the places of their parts.
    return "value" in known && known.value.kind === "scalar" ? { value: { ...known.value, at } } : known;
  }

  #resolveVariable(name: string, value: Value): Resolved {
    if (this.#underWay.has(name)) return { wrong: `the variable "${name}" is made from itself` };
    this.#underWay.add(name);
    const resolved = { value: this.fill(value) };
    this.#underWay.delete(name);
    this.#resolvedVars.set(name, resolved);
    return resolved;
  }

  #similarVariable(name: string): string | undefined {
    const near = closest(name, this.#vars?.entries.keys() ?? []);
    if (near !== undefined) return `did you mean \${${near}}?`;
    return /^[A-Z][A-Z0-9_]*$/.test(name) ? `write \${env:${name}} for an environment variable` : undefined;
  }
}

function isFaulty(value: Value): boolean {
  return value.kind === "scalar" && value.faulty === true;
}

/** An environment has only text; numbers and truth values are meant as they would be if written in the file. */
function asWritten(text: string): string | number | boolean {
  if (/^(0|-?[1-9]\d{0,14})$/.test(text)) return Number(text);
  return text === "true" ? true : text === "false" ? false : text;
}

/** JSON pointer, RFC 6901. */
function pointedAt(value: unknown, pointer: string): unknown {
  if (pointer === "") return value;
  let current = value;
  for (const token of pointer.slice(1).split("/")) {
    const key = token.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof current !== "object" || current === null || !Object.hasOwn(current, key)) return undefined;
    current = (current as Record<string, unknown>)[key];
  }
  return pointer.startsWith("/") ? current : undefined;
}
