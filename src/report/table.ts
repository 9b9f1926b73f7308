import Table from "cli-table3";

/** What separates columns; no lines and no colours, so that a table can be read by awk as well as by people. */
const CHARACTERS = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "  ",
};

/** Lays rows out in columns under their headings, without spaces at the ends of lines and with a newline after each. */
export function renderTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const table = new Table({
    head: headings.map(heading => heading.toUpperCase()),
    chars: CHARACTERS,
    style: { head: [], border: [], "padding-left": 0, "padding-right": 0 },
  });
  table.push(...rows.map(row => [...row]));
  const lines = table.toString().split("\n");
  return lines.map(line => `${line.trimEnd()}\n`).join("");
}
