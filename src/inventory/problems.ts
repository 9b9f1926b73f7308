import { LineCounter } from "yaml";
import type { DeploymentName } from "../base/names.ts";
import type { Problem } from "./model.ts";
import type { Offset } from "./source/value.ts";

/** A problem before its place is looked up. */
export interface ProblemDraft {
  at: Offset;
  message: string;
  /** What to write instead; asked for only when the problem is kept. */
  suggestion?: string | undefined | (() => string | undefined);
  /** An error unless it says otherwise. */
  severity?: Problem["severity"];
  deployment?: DeploymentName | undefined;
  missing?: Problem["missing"];
}

/** More than this many are not read by anybody, and a file of 10,000 hosts can have one on each. */
const MAX_PROBLEMS = 200;

/** Where an offset is: both from 1. */
export interface Position {
  line: number;
  column: number;
}

/** Collects what is wrong with one text. What a range or a deployment repeats is kept once. */
export class Problems {
  readonly #file: string;
  readonly #text: string;
  readonly #lines: LineCounter;
  readonly #found = new Map<string, Problem>();
  readonly #settled = new Set<Offset>();
  #leftOut = 0;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
    this.#lines = new LineCounter();
    this.#lines.addNewLine(0);
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1))
      this.#lines.addNewLine(at + 1);
  }

  add(draft: ProblemDraft): void {
    if (this.#settled.has(draft.at)) return;
    const severity = draft.severity ?? "error";
    const owner = draft.missing === undefined ? "" : draft.deployment;
    const key = `${draft.at} ${owner} ${severity} ${draft.message}`;
    const known = this.#found.get(key);
    if (known !== undefined) {
      if (known.deployment !== draft.deployment) this.#found.set(key, { ...known, deployment: undefined });
      return;
    }
    if (this.#found.size >= MAX_PROBLEMS) {
      if (severity === "error") this.#leftOut++;
      return;
    }
    this.#found.set(key, this.#complete(draft, severity));
  }

  /** No more is said of this place: what would be, only follows from what is wrong there. */
  settle(at: Offset): void {
    this.#settled.add(at);
  }

  /** An error that is found when the file has been read, as a problem of it. */
  describe(draft: ProblemDraft): Problem {
    return this.#complete(draft, "error");
  }

  /** All of them in the order of the file. */
  list(): readonly Problem[] {
    const sorted = [...this.#found.values()].sort((a, b) => a.line - b.line || a.column - b.column);
    if (this.#leftOut === 0) return sorted;
    const message = `and ${this.#leftOut} more errors`;
    return [...sorted, this.#complete({ at: this.#text.length, message }, "error")];
  }

  hasErrors(): boolean {
    return this.#leftOut > 0 || [...this.#found.values()].some(({ severity }) => severity === "error");
  }

  position(at: Offset): Position {
    const { line, col } = this.#lines.linePos(Math.min(at, this.#text.length));
    return { line, column: col };
  }

  #complete(draft: ProblemDraft, severity: Problem["severity"]): Problem {
    const { line, column } = this.position(draft.at);
    const start = this.#lines.lineStarts[line - 1] ?? 0;
    const end = this.#text.indexOf("\n", start);
    const source = this.#text.slice(start, end === -1 ? undefined : end).trimEnd();
    const suggestion = typeof draft.suggestion === "function" ? draft.suggestion() : draft.suggestion;
    const { message, deployment } = draft;
    const problem = { severity, file: this.#file, line, column, message, source, suggestion, deployment };
    return draft.missing === undefined ? problem : { ...problem, missing: draft.missing };
  }
}

/** The problems as they are for somebody who is going to use one deployment: what that one lacks here is an error. */
export function problemsInUse(problems: readonly Problem[], deployment: DeploymentName): readonly Problem[] {
  return problems.map(problem =>
    problem.missing !== undefined && problem.deployment === deployment
      ? { ...problem, severity: "error" }
      : problem,
  );
}

/** `conf/services.yaml:12:7: error: …`, the line itself with a mark below the column, and the suggestion. */
export function formatProblem(problem: Problem): string {
  const { file, line, column, severity, message, source, suggestion, deployment } = problem;
  const where = deployment === undefined ? "" : ` (deployment ${deployment})`;
  const { shown, mark } = excerpt(source, column);
  const lines = [`${file}:${line}:${column}: ${severity}: ${message}${where}`, `    ${shown}`, `    ${mark}`];
  return [...lines, ...(suggestion === undefined ? [] : [`    ${suggestion}`])].join("\n");
}

const EXCERPT = 110;

/** Long lines are cut so that the column stays visible. */
function excerpt(source: string, column: number): { shown: string; mark: string } {
  const from = column > EXCERPT - 10 ? column - 40 : 0;
  const cut = source.slice(from, from + EXCERPT);
  const head = from > 0 ? "…" : "";
  const tail = from + EXCERPT < source.length ? "…" : "";
  return { shown: `${head}${cut}${tail}`, mark: `${" ".repeat(head.length + column - 1 - from)}^` };
}
