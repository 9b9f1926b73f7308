/** Where the columns of a table of text are: TableBuilder aligns them to the left, the releases before it to the right. */
export type ColumnReader = (row: string) => readonly string[] | undefined;

/**
 * Finds the columns by their names in the header of a table. The reader that it gives cuts a row at the same places, and
 * gives undefined for a row that does not fit them; a cell may be empty. `wide` is the column whose cells may be wider than
 * it where columns are aligned to the right. Undefined when the header has other columns.
 */
export function columnsOf(header: string, names: readonly string[], wide: string): ColumnReader | undefined {
  const starts = startsOf(header, names);
  if (starts === undefined) return undefined;
  if (!header.startsWith(" ")) return row => cutLeft(row, starts);
  const ends = starts.map((start, index) => start + (names[index]?.length ?? 0));
  return row => cutRight(row, ends, names.indexOf(wide));
}

function startsOf(header: string, names: readonly string[]): readonly number[] | undefined {
  const starts: number[] = [];
  let rest = 0;
  for (const name of names) {
    const start = header.indexOf(name, rest);
    const gap = header.slice(rest, start);
    if (start === -1 || gap.trim() !== "" || (gap === "" && rest > 0)) return undefined;
    starts.push(start);
    rest = start + name.length;
  }
  return header.slice(rest).trim() === "" ? starts : undefined;
}

/** Cells begin below the names, each after a space. */
function cutLeft(row: string, starts: readonly number[]): readonly string[] | undefined {
  const separators = starts.slice(1).map(start => row.charAt(start - 1));
  if (!separators.every(character => character === " ")) return undefined;
  return starts.map((start, index) => row.slice(start, starts[index + 1]).trim());
}

/**
 * Cells end below the names, and one that fills its column touches the one before it. Where `wide` may be wider than its
 * column, it moves all that follow; any other that is wider cannot be told from its neighbour.
 */
function cutRight(row: string, ends: readonly number[], wide: number): readonly string[] | undefined {
  const cells: string[] = [];
  let position = 0;
  for (const [index, end] of ends.entries()) {
    const width = end - (ends[index - 1] ?? 0);
    const word = /^\S*/.exec(row.slice(position))?.[0] ?? "";
    if (word !== "" && (word.length < width || (word.length > width && index !== wide))) return undefined;
    cells.push(row.slice(position, position + Math.max(width, word.length)).trim());
    position += Math.max(width, word.length);
  }
  return position === row.length ? cells : undefined;
}
