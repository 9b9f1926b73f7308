import { execFile } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { OperatorError } from "../../base/operator-error.ts";
import type { Milliseconds } from "../../base/units.ts";

/** A program of the controller that makes an artefact. */
export interface ToolCommand {
  argv: readonly [program: string, ...words: string[]];
  directory: string;
  timeout: Milliseconds;
  /** What to do when the program is not on this machine. */
  whenMissing: string;
  /** What the command is to bring about, for its error: `get the jars of Cassandra 5.0.6`. */
  purpose: string;
}

const LINES_OF_AN_ERROR = 12;
const OUTPUT_LIMIT = 16 * 1024 * 1024;

/** Runs a program on the controller to its end. Throws an OperatorError with the end of its output when it fails. */
export async function runTool(command: ToolCommand): Promise<void> {
  await readTool(command);
}

/** The same, for what it prints on stdout. */
export async function readTool(command: ToolCommand): Promise<string> {
  const [program, ...words] = command.argv;
  const { directory, timeout } = command;
  const { error, stdout, stderr } = await new Promise<{ error: unknown; stdout: string; stderr: string }>(
    resolve => {
      execFile(
        program,
        words,
        { cwd: directory, timeout, killSignal: "SIGKILL", maxBuffer: OUTPUT_LIMIT },
        (failure, out, err) => resolve({ error: failure ?? undefined, stdout: out, stderr: err }),
      );
    },
  );
  if (error !== undefined) throw failureOf(command, error, stdout + stderr);
  return stdout;
}

function failureOf(command: ToolCommand, error: unknown, output: string): OperatorError {
  const [program] = command.argv;
  const purpose = `cannot ${command.purpose}`;
  if (property(error, "code") === "ENOENT") {
    return new OperatorError(`${purpose}: ${program} is not on this machine`, {
      code: "TOOL_MISSING",
      hint: command.whenMissing,
      cause: error,
    });
  }
  const end =
    property(error, "killed") === true
      ? `had not ended after ${command.timeout / 1000} s`
      : `failed with ${String(property(error, "code") ?? property(error, "signal"))}`;
  const lines = stripVTControlCharacters(output)
    .split("\n")
    .filter(line => line.trim() !== "");
  return new OperatorError(`${purpose}: ${program} ${end}`, {
    code: "ARTEFACT_FAILED",
    details: lines.slice(-LINES_OF_AN_ERROR),
    cause: error,
  });
}

function property(error: unknown, name: string): unknown {
  return typeof error === "object" && error !== null ? Reflect.get(error, name) : undefined;
}
