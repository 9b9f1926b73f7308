import { OperatorError } from "./operator-error.ts";

/** One name of a range, with the number that each bracket had, as written: `cloud07` of `cloud[01-20]` captured `07`. */
export interface ExpandedName {
  name: string;
  captures: readonly string[];
}

/** More names than any site has: a slip such as `[1-10000000]` must not fill the memory. */
const MAX_NAMES = 100_000;
/** Longer runs of digits are no longer exact as numbers; they are left alone. */
const MAX_DIGITS = 15;

/**
 * Expands `cloud[1-7,10-21]` into its names, in the order written. Several brackets give their product, the last one
 * turning fastest; zero padding is kept (`[01-10]`). Text without brackets gives itself.
 * Throws `RANGE_INVALID` for anything else between brackets.
 */
export function expandRange(pattern: string): readonly ExpandedName[] {
  let expanded: ExpandedName[] = [{ name: "", captures: [] }];
  for (const part of parts(pattern)) {
    if (part.kind === "text") {
      expanded = expanded.map(({ name, captures }) => ({ name: name + part.text, captures }));
      continue;
    }
    const numbers = bracketNumbers(pattern, part.text);
    if (expanded.length * numbers.length > MAX_NAMES) throw invalid(pattern, `more than ${MAX_NAMES} names`);
    expanded = expanded.flatMap(({ name, captures }) =>
      numbers.map(number => ({ name: name + number, captures: [...captures, number] })),
    );
  }
  return expanded;
}

/** Expands a comma-separated list of ranges, what `foldNames` gives, into names. */
export function expandNames(patterns: string): readonly string[] {
  return splitPatterns(patterns).flatMap(pattern => expandRange(pattern).map(({ name }) => name));
}

/** Splits at the commas outside brackets: `web[1,3],db1` is `web[1,3]` and `db1`. Empty parts are left out. */
export function splitPatterns(patterns: string): readonly string[] {
  return patterns
    .split(/,(?![^[\]]*\])/)
    .map(pattern => pattern.trim())
    .filter(pattern => pattern !== "");
}

/**
 * Writes names the short way, `cloud[1-7,10-21],web3`: `expandNames` gives the same set back. Templates come in the
 * order in which they first appear, numbers in ascending order.
 */
export function foldNames(names: Iterable<string>): string {
  let folded = [...new Set(names)].map(name => name.split(/(\d+)/));
  const runs = Math.max(0, ...folded.map(pieces => (pieces.length - 1) / 2));
  for (let run = 1; run <= runs; run++) folded = foldRun(folded, run);
  return folded.map(pieces => pieces.join("")).join(",");
}

/** Folds the digits that are number `run` from the right; odd pieces are digits or brackets, even ones text. */
function foldRun(names: readonly string[][], run: number): string[][] {
  const templates = new Map<string, { pieces: string[]; numbers: string[] }>();
  const result: { pieces: string[]; numbers: string[] }[] = [];
  for (const pieces of names) {
    const index = pieces.length - 2 * run;
    const number = pieces[index];
    const foldable = number !== undefined && number.length <= MAX_DIGITS;
    const key = foldable ? JSON.stringify(pieces.with(index, "")) : JSON.stringify([...pieces, null]);
    const known = templates.get(key);
    if (known !== undefined && foldable) {
      known.numbers.push(number);
      continue;
    }
    const entry = { pieces, numbers: foldable ? [number] : [] };
    templates.set(key, entry);
    result.push(entry);
  }
  return result.map(({ pieces, numbers }) =>
    numbers.length < 2 ? pieces : pieces.with(pieces.length - 2 * run, `[${foldNumbers(numbers)}]`),
  );
}

/** `1-7,10-21`. A padded number goes on only with numbers of its own width, so that expanding gives them back. */
function foldNumbers(numbers: readonly string[]): string {
  const sorted = numbers.toSorted(
    (left, right) => Number(left) - Number(right) || left.length - right.length,
  );
  const open = new Map<string, string[]>();
  const spans: string[][] = [];
  for (const number of sorted) {
    const span = open.get(number) ?? [];
    if (span.length === 0) spans.push(span);
    open.delete(number);
    span.push(number);
    open.set(padded(Number(number) + 1, widthOf(span[0] ?? number)), span);
  }
  return spans
    .map(span => (span.length === 1 ? String(span[0]) : `${span[0]}-${span[span.length - 1]}`))
    .join(",");
}

function parts(pattern: string): { kind: "text" | "bracket"; text: string }[] {
  const pieces = pattern.split(/(\[[^[\]]*\])/);
  return pieces.map((piece, index) => {
    if (index % 2 === 1) return { kind: "bracket", text: piece.slice(1, -1) };
    if (/[[\]]/.test(piece)) throw invalid(pattern, "a bracket has no partner");
    return { kind: "text", text: piece };
  });
}

function bracketNumbers(pattern: string, bracket: string): string[] {
  return bracket.split(",").flatMap(item => {
    const match = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(item);
    const [, from, to = from] = match ?? [];
    if (from === undefined || to === undefined) {
      throw invalid(pattern, `"${item}" is neither a number nor two with "-" between`);
    }
    return span(pattern, from, to);
  });
}

function span(pattern: string, from: string, to: string): string[] {
  if (from.length > MAX_DIGITS || to.length > MAX_DIGITS) throw invalid(pattern, "a number is too long");
  if (to !== from && widthOf(from) === 0 && widthOf(to) > 0) {
    throw invalid(
      pattern,
      `write ${padded(Number(from), to.length)}-${to} when the zeros are part of the names`,
    );
  }
  const count = Number(to) - Number(from) + 1;
  if (count < 1) throw invalid(pattern, `${from}-${to} runs backwards`);
  if (count > MAX_NAMES) throw invalid(pattern, `more than ${MAX_NAMES} names`);
  return Array.from({ length: count }, (_, index) => padded(Number(from) + index, widthOf(from)));
}

/** The width that zeros fill a number to, 0 where nothing is filled. */
function widthOf(number: string): number {
  return number.length > 1 && number.startsWith("0") ? number.length : 0;
}

function padded(number: number, width: number): string {
  return String(number).padStart(width, "0");
}

function invalid(pattern: string, reason: string): OperatorError {
  return new OperatorError(`"${pattern}" is not a range of names: ${reason}`, {
    code: "RANGE_INVALID",
    hint: "ranges look like web[1-7,10-21]; zeros are kept, web[01-12]",
  });
}
