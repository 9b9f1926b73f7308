import type { ChalkInstance } from "chalk";
import { ExitCode } from "../base/exit-code.ts";
import { OperatorError } from "../base/operator-error.ts";
import type { Io } from "../commands/model.ts";
import { hasFlag } from "./normalise-words.ts";
import { version } from "./version.ts";

/** An error as people and scripts see it. */
interface Explanation {
  code: string;
  message: string;
  details: readonly string[];
  hint: string | undefined;
  exit: ExitCode;
}

/** Tells the operator what happened, why and what to type next, and gives the exit code. */
export async function explainError(
  error: unknown,
  { argv, io }: { argv: readonly string[]; io: Io },
): Promise<ExitCode> {
  const { exit, ...explanation } = await explain(error, {
    verbose: hasFlag(argv, "-v") || hasFlag(argv, "--verbose"),
    io,
  });
  const { createColors } = await import("../report/colors.ts");
  const colors = createColors(io.stderr, { io, global: { color: !hasFlag(argv, "--no-color") } });
  io.stderr.write(toText(explanation, colors));
  if (hasFlag(argv, "--json")) io.stdout.write(`${JSON.stringify({ version: 1, error: explanation })}\n`);
  return exit;
}

async function explain(error: unknown, { verbose, io }: { verbose: boolean; io: Io }): Promise<Explanation> {
  const { describeFileFailure, fileFailure, fileFailureHint } = await import("./file-failure.ts");
  const failure = fileFailure(error);
  const advice = failure && fileFailureHint(failure, io.env);
  if (error instanceof OperatorError) {
    const { code, message, details, hint = advice, exit } = error;
    return { code, message, details: [...details, ...(verbose ? causes(error) : [])], hint, exit };
  }
  if (failure === undefined) return explainBug(error, verbose);
  return {
    code: "FILE_UNUSABLE",
    message: describeFileFailure(failure),
    details: verbose ? causes(error) : [],
    hint: advice,
    exit: ExitCode.Failed,
  };
}

function explainBug(error: unknown, verbose: boolean): Explanation {
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? (error.stack ?? "").split("\n").slice(1) : [];
  return {
    code: "BUG",
    message: `this is a bug in smc: ${message}`,
    details: [
      `smc ${version}, Node ${process.version}, ${process.platform} ${process.arch}`,
      ...(verbose ? [...stack.map(line => line.trim()), ...causes(error)] : []),
    ],
    hint: verbose ? "report it with the lines above" : "run it again with -v and report what it prints",
    exit: ExitCode.Failed,
  };
}

function causes(error: unknown): string[] {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause === undefined) return [];
  return [`caused by: ${cause instanceof Error ? cause.message : JSON.stringify(cause)}`, ...causes(cause)];
}

function toText({ message, details, hint }: Omit<Explanation, "exit">, colors: ChalkInstance): string {
  const lines = [`${colors.red("error:")} ${message}`, ...details.map(detail => `  ${detail}`)];
  if (hint !== undefined) lines.push(`${colors.cyan("next:")} ${hint}`);
  return `${lines.join("\n")}\n`;
}
