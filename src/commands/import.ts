import { access, readFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import * as v from "valibot";
import writeFileAtomic from "write-file-atomic";
import { counted } from "../base/counted.ts";
import { ExitCode } from "../base/exit-code.ts";
import { OperatorError } from "../base/operator-error.ts";
import { deploymentNameOf } from "../inventory/legacy/deployment-name.ts";
import { importSite, type ImportResult, type SourceFile } from "../inventory/legacy/import.ts";
import { parseSettings } from "../inventory/legacy/settings.ts";
import { loadInventory } from "../inventory/load.ts";
import type { Problem } from "../inventory/model.ts";
import { formatProblem } from "../inventory/problems.ts";
import { name } from "../inventory/schema/leaves.ts";
import { formats } from "../services/formats.ts";
import type { CommandContext } from "./model.ts";

interface ImportOptions {
  output?: string;
  set?: readonly string[];
  force?: boolean;
}

/** `smc import FOLDER`: turns an old pair of `hosts` and `services` into a services file, on stdout or in `-o FILE`. */
export async function importFolder(
  context: CommandContext<ImportOptions>,
  folder: string,
): Promise<ExitCode> {
  const { io, global, options } = context;
  const deployment = global.deployment ?? deploymentNameOf(basename(resolve(io.directory, folder)));
  if (!v.safeParse(name, deployment).success) {
    const hint = "a name is at most 63 letters, digits, dots and hyphens";
    throw new OperatorError(`a deployment cannot be called "${deployment}"`, { code: "USAGE", hint });
  }
  const result = importSite({
    hosts: await readSource(io.directory, join(folder, "hosts")),
    services: await readSource(io.directory, join(folder, "services")),
    deployment,
    settings: parseSettings(options.set ?? []),
    from: basename(resolve(io.directory, folder)),
  });
  const { text, problems } = result;
  if (text === undefined) throw refusal(folder, problems);
  const { output } = options;
  if (output === undefined) io.stdout.write(global.json ? toJson(text, result) : text);
  else await writeOutput(context, { path: output, text, result });
  const judged = [...problems, ...problemsOfResult(text, output ?? "services.yaml")];
  if (!global.quiet) io.stderr.write(summary(result, { folder, deployment, judged, output }));
  const errors = judged.filter(({ severity }) => severity === "error");
  if (errors.length === 0) return ExitCode.Done;
  throw new OperatorError(
    `the result has ${counted(errors.length, "error")}, which the old files had already`,
    {
      code: "IMPORT_RESULT_WRONG",
      hint: "mend the lines above in the result, then smc check",
    },
  );
}

async function readSource(directory: string, file: string): Promise<SourceFile> {
  try {
    return { file, text: await readFile(resolve(directory, file), "utf8") };
  } catch (cause) {
    throw new OperatorError(`cannot read ${file}`, {
      code: "IMPORT_SOURCE_MISSING",
      hint: "name a folder that has the two old files hosts and services",
      cause,
    });
  }
}

/** What the loader says of the result; what it lacks on this machine is no fault of the file. */
function problemsOfResult(text: string, file: string): readonly Problem[] {
  const resolvers = { env: () => undefined, json: () => ({ failed: "not read" }), hasSecret: () => true };
  const { problems } = loadInventory({ text, file, formats, resolvers });
  return problems.filter(({ missing }) => missing === undefined);
}

function refusal(folder: string, problems: readonly Problem[]): OperatorError {
  const errors = problems.filter(({ severity }) => severity === "error");
  return new OperatorError(`${folder} cannot be imported: ${counted(errors.length, "error")}`, {
    code: "IMPORT_FAILED",
    details: problems.flatMap(problem => formatProblem(problem).split("\n")),
    hint: "mend the lines above, or give the values that are asked for",
  });
}

interface Output {
  path: string;
  text: string;
  result: ImportResult;
}

async function writeOutput(
  { io, global, options }: CommandContext<ImportOptions>,
  { path, text, result }: Output,
): Promise<void> {
  const file = resolve(io.directory, path);
  if (options.force !== true && (await exists(file))) {
    throw new OperatorError(`${path} is there already, and nothing was written`, {
      code: "IMPORT_OUTPUT_EXISTS",
      hint: "add --force to replace it, or give another name with -o",
    });
  }
  if (!global.dryRun) await writeText({ file, path, text });
  if (global.json) io.stdout.write(toJson(text, result));
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

async function writeText({ file, path, text }: { file: string; path: string; text: string }): Promise<void> {
  try {
    await writeFileAtomic(file, text);
  } catch (cause) {
    throw new OperatorError(`cannot write ${path}`, {
      code: "IMPORT_OUTPUT_UNWRITABLE",
      hint: "name a file in a folder that is there and may be written to",
      cause,
    });
  }
}

function toJson(text: string, { notes, counts }: ImportResult): string {
  return `${JSON.stringify({ version: 1, text, notes, counts })}\n`;
}

interface Told {
  folder: string;
  deployment: string;
  judged: readonly Problem[];
  output: string | undefined;
}

function summary({ notes, counts, text = "" }: ImportResult, told: Told): string {
  const lines = text.trimEnd().split("\n").length;
  const where = told.output === undefined ? "" : ` in ${told.output}`;
  const what = [
    counted(counts.hosts, "host"),
    counted(counts.vms, "VM"),
    counted(counts.instances, "instance"),
  ];
  return [
    ...told.judged.map(formatProblem),
    `imported ${told.folder} as deployment ${told.deployment}: ${what.join(", ")}; ${lines} lines${where}`,
    ...notes.map(note => `  note: ${note}`),
    "",
  ].join("\n");
}
