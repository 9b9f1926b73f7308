import { closest } from "../base/suggest.ts";
import { buildDeployment, type BuiltDeployment } from "./build/deployment.ts";
import type { BuildContext, DeploymentSource } from "./build/context.ts";
import { buildImages } from "./build/images.ts";
import { machineSources } from "./build/hosts.ts";
import { deploymentSources } from "./build/sources.ts";
import type { ImageRecipe, Inventory, Problem } from "./model.ts";
import { Origins } from "./origins.ts";
import { Problems } from "./problems.ts";
import { checkCapacity } from "./rules/capacity.ts";
import { checkCompute } from "./rules/compute.ts";
import { checkRing } from "./rules/ring.ts";
import { checkSecrets } from "./rules/secrets.ts";
import { checkSmoke } from "./rules/smoke.ts";
import { checkUnique } from "./rules/unique.ts";
import { checkSkeleton } from "./schema/skeleton.ts";
import { FILE_VERSION } from "./schema/file.ts";
import type { ServiceFormats } from "./schema/services.ts";
import { parseSource } from "./source/parse.ts";
import { Substitution, type Resolvers } from "./source/substitute.ts";
import { asMap, get, textOf, type MapValue } from "./source/value.ts";

export interface LoadRequest {
  text: string;
  /** The path of the file, for messages only. */
  file: string;
  formats: ServiceFormats;
  resolvers: Resolvers;
}

export interface LoadResult {
  /** Undefined when there is an error. */
  inventory: Inventory | undefined;
  /** All that is wrong or looks wrong, in the order of the file. `problemsInUse` weighs it for one deployment. */
  problems: readonly Problem[];
  origins: Origins;
}

/**
 * Reads the services file: text → typed inventory, with every range, substitution, default and override resolved and every
 * rule checked. Pure: what lies outside the text is asked through `resolvers`. Time and memory grow with the number of
 * hosts and entries, not faster.
 */
export function loadInventory({ text, file, formats, resolvers }: LoadRequest): LoadResult {
  const problems = new Problems(file, text);
  const root = parseSource(text, problems);
  const context: BuildContext = { problems, formats, resolvers };
  const readable = root !== undefined && checkVersion(root, problems);
  const built = readable ? build(root, context) : [];
  const images = readable ? imagesOf(root, context) : new Map<string, ImageRecipe>();
  checkUnique(built, problems);
  checkCapacity(built, problems);
  checkSecrets(built, problems);
  for (const deployment of built) {
    checkRing(deployment, problems);
    checkCompute(deployment, problems);
    checkSmoke(deployment, problems);
  }
  const inventory =
    problems.hasErrors() || root === undefined ? undefined : inventoryOf(file, { root, built, images });
  return { inventory, problems: problems.list(), origins: new Origins(built, problems) };
}

function build(root: MapValue, context: BuildContext): readonly BuiltDeployment[] {
  checkSkeleton(root, context);
  const sources = deploymentSources(root, context);
  checkDefault(root, { sources, context });
  const [first] = sources.filter(({ sharesMachines }) => sharesMachines);
  const common = new Substitution(asMap(get(root, "vars")), context);
  const shared = {
    machines: first?.machines === undefined ? [] : machineSources(first.machines, context),
    ports: filled(root, "ports", common),
    vpn: filled(root, "vpn", common),
  };
  return sources.map(source => {
    const own =
      source.sharesMachines || source.machines === undefined
        ? undefined
        : machineSources(source.machines, context);
    return buildDeployment(source, { ...shared, own }, context);
  });
}

function imagesOf(root: MapValue, context: BuildContext): Map<string, ImageRecipe> {
  const common = new Substitution(asMap(get(root, "vars")), context);
  return buildImages(filled(root, "images", common), context);
}

function filled(root: MapValue, key: string, substitution: Substitution): MapValue | undefined {
  const map = asMap(get(root, key));
  return map && substitution.fill(map);
}

/** The version comes first: a file of another one is not read at all, since its keys may mean something else. */
function checkVersion(root: MapValue, problems: Problems): boolean {
  const entry = root.entries.get("smc");
  const version = textOf(entry?.value);
  if (version === String(FILE_VERSION)) return true;
  const at = entry?.value.at ?? root.at;
  const newer = Number(version) > FILE_VERSION;
  problems.add({
    at,
    message:
      entry === undefined
        ? 'the services file does not begin with its version, "smc: 1"'
        : `this smc reads version ${FILE_VERSION} of the services file, not ${version ?? "this"}`,
    suggestion: newer ? "install a newer smc" : `write smc: ${FILE_VERSION}`,
  });
  return false;
}

function checkDefault(
  root: MapValue,
  { sources, context }: { sources: readonly DeploymentSource[]; context: BuildContext },
): void {
  const names = sources.map(({ name }) => name);
  const value = get(root, "default");
  const wanted = textOf(value) ?? "…";
  if (value === undefined || names.includes(wanted)) return;
  const near = closest(wanted, names);
  const suggestion = near === undefined ? `deployments here: ${names.join(", ")}` : `did you mean ${near}?`;
  context.problems.add({ at: value.at, message: `there is no deployment "${wanted}"`, suggestion });
}

function inventoryOf(
  file: string,
  { root, built, images }: { root: MapValue; built: readonly BuiltDeployment[] } & Pick<Inventory, "images">,
): Inventory {
  const defaultDeployment = textOf(get(root, "default"));
  const deployments = new Map(built.map(({ deployment }) => [deployment.name, deployment]));
  return { file, defaultDeployment, deployments, images };
}
