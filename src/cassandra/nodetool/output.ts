import { ExitCode } from "../../base/exit-code.ts";
import { OperatorError } from "../../base/operator-error.ts";

/**
 * What nodetool prints, of Cassandra 1.2 to 5.0, as typed data. Each reader takes the standard output of one command and
 * consumes every line that is not blank, or throws an OperatorError (`NODETOOL_OUTPUT`) that names command, line number
 * and line: what is not known is never skipped. The locale must be C.
 *
 * | command | function | file |
 * | --- | --- | --- |
 * | `status [KEYSPACE]` | `parseStatus` | status.ts |
 * | `gossipinfo` | `parseGossipInfo` | gossipinfo.ts |
 * | `describecluster` | `parseDescribeCluster` | describecluster.ts |
 * | `describering KEYSPACE` | `parseDescribeRing` | describering.ts |
 * | `info [-T]` | `parseInfo` | info.ts |
 * | `netstats` | `parseNetStats` | netstats.ts |
 * | `compactionstats` | `parseCompactionStats` | compactionstats.ts |
 * | `tpstats` | `parseTpStats` | tpstats.ts |
 * | `repair` | `parseRepair` | repair/lines.ts |
 *
 * `repairArgv` (repair/argv.ts) writes the words of a repair for a release, `judgeRepair` (repair/verdict.ts) says how one
 * went, and `repairBehaviour` (repair/behaviour.ts) how far the nodetool of a release can be believed.
 */
export class NodetoolOutput {
  readonly command: string;
  readonly #lines: readonly OutputLine[];
  #position = 0;

  /** `command` is for messages, `status`; `output` is all that it wrote to standard output. */
  constructor(command: string, output: string) {
    this.command = command;
    this.#lines = output
      .split("\n")
      .map((text, index) => ({ number: index + 1, text: text.trimEnd() }))
      .filter(({ text }) => text !== "");
  }

  /** Whether all lines were consumed. */
  get ended(): boolean {
    return this.#position >= this.#lines.length;
  }

  /** Whether the next line matches `pattern`; nothing is consumed. */
  sees(pattern: RegExp): boolean {
    return pattern.test(this.#lines[this.#position]?.text ?? "");
  }

  /** Consumes the next line when it matches `pattern`, and gives its groups; undefined (and nothing consumed) otherwise. */
  match(pattern: RegExp): readonly string[] | undefined {
    const match = pattern.exec(this.#lines[this.#position]?.text ?? "");
    if (match === null) return undefined;
    this.#position += 1;
    return match.slice(1).map(group => group ?? "");
  }

  /** Consumes the next line, which must match `pattern`, and gives its groups; throws when it is another or none is left. */
  expect(pattern: RegExp, expected: string): readonly string[] {
    const groups = this.match(pattern);
    if (groups === undefined) throw this.unreadable(expected);
    return groups;
  }

  /** Reads lines by `read` until that gives undefined, which it must do without consuming anything. */
  many<Item>(read: () => Item | undefined): readonly Item[] {
    const items: Item[] = [];
    for (let item = read(); item !== undefined; item = read()) items.push(item);
    return items;
  }

  /** Throws when a name is repeated among what was just read: one of the two would be lost, or contradict the other. */
  distinct(names: readonly string[], what: string): void {
    if (new Set(names).size < names.length) throw this.unreadable(`each ${what} once`, true);
  }

  /** Throws when a line is left. */
  end(expected: string): void {
    if (!this.ended) throw this.unreadable(expected);
  }

  /** The error that names the next line, or the one before it when that was consumed but does not hold what it must. */
  unreadable(expected: string, consumed = false): OperatorError {
    const line = this.#lines[this.#position - (consumed ? 1 : 0)];
    const where = line === undefined ? "its end" : `line ${line.number}`;
    return new OperatorError(`nodetool ${this.command} wrote what smc cannot read, at ${where}`, {
      code: "NODETOOL_OUTPUT",
      exit: ExitCode.Failed,
      details: [`expected ${expected}`, ...(line === undefined ? [] : [`${line.number}: ${line.text}`])],
    });
  }
}

interface OutputLine {
  number: number;
  text: string;
}
