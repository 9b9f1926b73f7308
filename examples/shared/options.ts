import { readFileSync } from "node:fs";

/** Where the database is and who asks. */
export interface DatabaseOptions {
  /** `address:port`, at least one. */
  nodes: readonly string[];
  keyspace: string;
  /** Prefers coordinators of this data centre; without it every node is used in turn. */
  dataCenter: string | undefined;
  credentials: { username: string; password: string } | undefined;
}

const NATIVE_PORT = 9042;

/** Reads `a,b:9042` into `["a:9042", "b:9042"]`. Throws on an empty list or a port that is none. */
export function parseNodes(text: string): string[] {
  const nodes = text
    .split(",")
    .map(node => node.trim())
    .filter(node => node !== "");
  if (nodes.length === 0) throw new Error("--database_nodes needs at least one address");
  return nodes.map(withPort);
}

/** Reads a whole number between `least` and `most`, both allowed. */
export function parseNumber(name: string, text: string, range: { least: number; most: number }): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= range.least && value <= range.most) return value;
  throw new Error(`--${name} must be a whole number from ${range.least} to ${range.most}, not "${text}"`);
}

/** A keyspace goes into statements by its name, so it must be a plain one. */
export function parseKeyspace(text: string): string {
  if (/^[A-Za-z]\w{0,47}$/.test(text)) return text;
  throw new Error(`--keyspace must be letters, digits and "_", not "${text}"`);
}

/** A prefix of the site, empty or `/…` without a slash at its end. */
export function parseBaseUrl(text: string): string {
  if (text === "" || /^(\/[\w.~%-]+)+$/.test(text)) return text;
  throw new Error(`--base_url must be empty or a path such as /site, not "${text}"`);
}

/**
 * The login from the environment: `DATABASE_USER` and `DATABASE_PASSWORD_FILE`, whose first line is the password.
 * A password on the command line would show in `ps`, so there is no option for it.
 */
export function readCredentials(
  env: Readonly<Record<string, string | undefined>>,
): DatabaseOptions["credentials"] {
  const username = env["DATABASE_USER"];
  const file = env["DATABASE_PASSWORD_FILE"];
  if (username === undefined && file === undefined) return undefined;
  if (username === undefined || file === undefined) {
    throw new Error("DATABASE_USER and DATABASE_PASSWORD_FILE belong together: set both or none");
  }
  const password = readFileSync(file, "utf8").split(/\r?\n/, 1)[0] ?? "";
  if (password === "") throw new Error(`${file} holds no password`);
  return { username, password };
}

function withPort(node: string): string {
  const match = /^([^:\s]+)(?::(\d+))?$/.exec(node);
  if (match === null) throw new Error(`--database_nodes: "${node}" is not an address or address:port`);
  const port = parseNumber("database_nodes", match[2] ?? String(NATIVE_PORT), { least: 1, most: 65_535 });
  return `${match[1]}:${port}`;
}
