import { NotReadable } from "./failure.ts";
import { plainText } from "./value.ts";

export interface Token {
  kind: "name" | "number" | "string" | "operator" | "end";
  /** A name or operator as written, the digits of a number, the content of a string. */
  text: string;
  /** The place in the line, from 0. */
  at: number;
}

const NUMBER =
  /(?:0[xX][\da-fA-F]+|0[bB][01]+|0[oO]?[0-7]+(?![\d.])|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[lL]?/y;
const NAME = /[A-Za-z_]\w*/y;
const STRING_START = /(?:[rRuUbB]{0,2})("""|'''|"|')/y;
const OPERATOR = /\*\*=?|\/\/=?|[-+*/%]=|[=!<>]=|<>|[-+*/%=()[\]{},:.;<>&|^~@`]/y;

/** Splits a line of Python into words, up to its comment or its end. Throws `NotReadable` at what no word begins with. */
export function tokenize(line: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < line.length && line[at] !== "#") {
    if (/\s/.test(line.charAt(at))) at += 1;
    else {
      const { token, end } = tokenAt(line, at);
      tokens.push(token);
      at = end;
    }
  }
  return [...tokens, { kind: "end", text: "", at: line.trimEnd().length }];
}

function tokenAt(line: string, at: number): { token: Token; end: number } {
  const quote = match(STRING_START, line, at);
  if (quote !== undefined) return stringAt(line, at, quote);
  for (const [kind, pattern] of [
    ["number", NUMBER],
    ["name", NAME],
    ["operator", OPERATOR],
  ] as const) {
    const text = match(pattern, line, at);
    if (text !== undefined) return { token: { kind, text, at }, end: at + text.length };
  }
  throw new NotReadable(`"${line.charAt(at)}" means nothing here`, at);
}

function match(pattern: RegExp, line: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(line)?.[0];
}

function stringAt(line: string, at: number, start: string): { token: Token; end: number } {
  const [, prefix = "", quote = ""] = /^([a-zA-Z]*)(.*)$/.exec(start) ?? [];
  const raw = /r/i.test(prefix);
  let text = "";
  let here = at + start.length;
  while (!line.startsWith(quote, here)) {
    if (here >= line.length) throw new NotReadable(`the string has no closing ${quote}`, at);
    const escape = raw ? undefined : match(ESCAPE, line, here);
    text += escape === undefined ? line.slice(here, here + rawLength(line, here, raw)) : unescape(escape);
    here += escape?.length ?? rawLength(line, here, raw);
  }
  return { token: { kind: "string", text: plainText(text), at }, end: here + quote.length };
}

/** In a raw string a backslash keeps the quote after it from closing, and both stay. */
function rawLength(line: string, at: number, raw: boolean): number {
  return raw && line[at] === "\\" && at + 1 < line.length ? 2 : 1;
}

const ESCAPE = /\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|[0-7]{1,3}|.)/y;
const LETTERS: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  a: "\u0007",
  b: "\b",
  f: "\f",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

function unescape(escape: string): string {
  const body = escape.slice(1);
  if (/^[xu]./.test(body)) return String.fromCharCode(Number.parseInt(body.slice(1), 16));
  if (/^[0-7]/.test(body)) return String.fromCharCode(Number.parseInt(body, 8));
  return LETTERS[body] ?? escape;
}
