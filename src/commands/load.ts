import { readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { hasCode } from "../base/error-code.ts";
import type { DeploymentName } from "../base/names.ts";
import { OperatorError } from "../base/operator-error.ts";
import { chooseDeployment } from "../inventory/choose-deployment.ts";
import { loadInventory, type LoadResult } from "../inventory/load.ts";
import type { Deployment, Inventory, Problem } from "../inventory/model.ts";
import { formatProblem, problemsInUse } from "../inventory/problems.ts";
import type { Resolvers } from "../inventory/source/substitute.ts";
import { formats } from "../services/formats.ts";
import { stateDirectory } from "../state/state-directory.ts";
import type { CommandContext } from "./model.ts";

/** The site that a verb works on: its services file, checked, and the deployment that was chosen. */
export interface Site {
  /** Absolute. */
  file: string;
  inventory: Inventory;
  deployment: Deployment;
  /** Absolute; holds the secrets of the deployment, one file each. */
  secretsFolder: string;
  /** Absolute; journals, locks and what runs on `local`. */
  stateDirectory: string;
}

/** The services file as it was read, right or wrong. */
export interface LoadedFile extends LoadResult {
  /** Absolute. */
  file: string;
  /** Absolute; one folder a deployment below it. */
  secretsFolder: string;
}

/**
 * Reads the services file, chooses the deployment and checks that it can be used here. Throws an OperatorError (exit 2)
 * with every problem of the file, when there is an error in it; warnings are for `smc check`.
 */
export async function loadSite(
  context: CommandContext<unknown>,
  words: { hosts?: readonly string[]; secretsMayBeMissing?: boolean } = {},
): Promise<Site> {
  const loaded = await loadFile(context);
  const { problems, file, secretsFolder } = loaded;
  const inventory = refuseErrors(context, loaded);
  const { on } = context.global;
  const hosts = [...(words.hosts ?? []), ...(on === undefined ? [] : [on])];
  const deployment = chooseDeployment(inventory, { named: context.global.deployment, hosts });
  const used = problemsInUse(problems, deployment.name).filter(
    ({ missing }) => missing !== "secret" || words.secretsMayBeMissing !== true,
  );
  if (used.some(({ severity }) => severity === "error")) throw refusal(context, used, deployment.name);
  return {
    file,
    inventory,
    deployment,
    secretsFolder: join(secretsFolder, deployment.name),
    stateDirectory: stateDirectory(context.io.env),
  };
}

/** The inventory of a file without errors. Throws an OperatorError (exit 2) with all of them otherwise. */
export function refuseErrors(
  context: CommandContext<unknown>,
  { inventory, problems }: LoadedFile,
): Inventory {
  if (inventory === undefined) throw refusal(context, problems);
  return inventory;
}

/** Reads and checks the services file and leaves it to the caller what to make of its problems. */
export async function loadFile({ io, global }: CommandContext<unknown>): Promise<LoadedFile> {
  const file = resolve(io.directory, global.file);
  const secretsFolder = secretsFolderOf(file);
  const text = await readServicesFile(file, global.file);
  const resolvers: Resolvers = {
    env: name => io.env[name],
    json: path => readJson(resolve(dirname(file), path)),
    hasSecret: (deployment, name) => isThere(join(secretsFolder, deployment, name)),
  };
  const loaded = loadInventory({ text, file: relative(io.directory, file) || file, formats, resolvers });
  return { ...loaded, file, secretsFolder };
}

/** Whether a secret has a file. One that cannot be looked at is not a missing one. */
function isThere(path: string): ReturnType<Resolvers["hasSecret"]> {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return { failed: error instanceof Error ? error.message : String(error) };
  }
}

/** `secrets/` lies beside `conf/`, or beside the file itself where that is in no folder of this name. */
function secretsFolderOf(file: string): string {
  const folder = dirname(file);
  return join(basename(folder) === "conf" ? dirname(folder) : folder, "secrets");
}

async function readServicesFile(file: string, given: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    const absent = hasCode(cause, "ENOENT");
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError(
      absent ? `there is no services file ${given}` : `${given} cannot be read: ${reason}`,
      {
        code: "SERVICES_FILE_UNREADABLE",
        hint: "name it with --file or SMC_FILE, or go to the folder that has conf/services.yaml",
        cause,
      },
    );
  }
}

function readJson(path: string): ReturnType<Resolvers["json"]> {
  try {
    return { value: JSON.parse(readFileSync(path, "utf8")) };
  } catch (error) {
    if (error instanceof SyntaxError) return { failed: "not JSON" };
    return { failed: hasCode(error, "ENOENT") ? "no such file" : "not readable" };
  }
}

function refusal(
  { global }: CommandContext<unknown>,
  problems: readonly Problem[],
  deployment?: DeploymentName,
): OperatorError {
  const errors = problems.filter(({ severity }) => severity === "error");
  const count = errors.length === 1 ? "an error" : `${errors.length} errors`;
  const use = deployment === undefined ? "" : ` that keep ${deployment} from being used`;
  return new OperatorError(
    `${global.file} has ${count}${errors.length === 1 ? use.replace("keep", "keeps") : use}`,
    {
      code: "SERVICES_FILE_INVALID",
      details: errors.flatMap(problem => formatProblem(problem).split("\n")),
      hint: `mend ${errors.length === 1 ? "it" : "them"}; smc check says when nothing is left`,
    },
  );
}
