import type { SecretName } from "../base/names.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { Secret } from "../base/secret.ts";
import type { Content } from "../plan/model.ts";
import type { SecretSource } from "./registry.ts";

/** Shorter values would mask ordinary words. */
const SHORTEST_MASKED = 4;

/** The secrets of one run: looked up when a step needs them, and kept out of everything that is told. */
export class RunSecrets {
  readonly #source: SecretSource;
  readonly #revealed = new Set<string>();

  constructor(source: SecretSource) {
    this.#source = source;
  }

  async get(name: SecretName): Promise<Secret> {
    const secret = await this.#source.get(name);
    if (secret === undefined) {
      throw new OperatorError(`there is no secret ${name}`, {
        code: "SECRET_MISSING",
        hint: `smc secrets init  makes up missing passwords; secrets from outside go to secrets/DEPLOYMENT/${name}`,
      });
    }
    this.#remember(secret.reveal());
    return secret;
  }

  /** Text with its secrets filled in. */
  async fill(content: Content): Promise<string> {
    const parts = content.map(async part =>
      typeof part === "string" ? part : (await this.get(part.secret)).reveal(),
    );
    return (await Promise.all(parts)).join("");
  }

  /** The text without any secret that there is; they are kept out of all that is told from then on. */
  async redactAll(text: string): Promise<string> {
    const all = await this.#source.all();
    all.forEach(secret => this.#remember(secret.reveal()));
    return this.redact(text);
  }

  /** The text without any secret that this run has used: a program may print what it was given. */
  redact(text: string): string {
    // The longer first: what is left of one that holds another would stay readable.
    const values = [...this.#revealed].sort((one, other) => other.length - one.length);
    return values.reduce((redacted, value) => redacted.replaceAll(value, "[secret]"), text);
  }

  /** Output is cut into lines, so each line of a secret is one. */
  #remember(value: string): void {
    for (const line of [value, ...value.split("\n")]) {
      if (line.trim().length >= SHORTEST_MASKED) spellings(line).forEach(word => this.#revealed.add(word));
    }
  }
}

/** A value as programs write it: as it is, inside quotes with those of its own doubled (CQL, YAML), and inside JSON. */
function spellings(value: string): string[] {
  return [
    value,
    value.replaceAll("'", "''"),
    value.replaceAll('"', '""'),
    JSON.stringify(value).slice(1, -1),
  ];
}
