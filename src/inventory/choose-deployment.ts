import { expandRange, foldNames, splitPatterns } from "../base/host-ranges.ts";
import type { DeploymentName, HostName } from "../base/names.ts";
import { OperatorError } from "../base/operator-error.ts";
import { closest } from "../base/suggest.ts";
import type { Deployment, Inventory } from "./model.ts";

/**
 * Which deployment a command is about: the one that it names, else the only one that has all hosts that it names, else the
 * `default:` of the file, else the only one. Throws an OperatorError when that leaves a choice.
 */
export function chooseDeployment(
  { deployments, defaultDeployment, file }: Inventory,
  { named, hosts }: { named: DeploymentName | undefined; hosts: readonly string[] },
): Deployment {
  const names = [...deployments.keys()].join(", ");
  if (named !== undefined) {
    const found = deployments.get(named);
    if (found !== undefined) return found;
    const near = closest(named, deployments.keys());
    const hint = near === undefined ? `deployments here: ${names}` : `did you mean ${near}?`;
    throw new OperatorError(`${file} has no deployment "${named}"`, { code: "DEPLOYMENT_UNKNOWN", hint });
  }
  const all = [...deployments.values()];
  const wanted = hostNamesIn(hosts);
  const owners = wanted.length === 0 ? [] : all.filter(one => ownOf(one, wanted).length === wanted.length);
  if (owners.length > 1) throw ambiguous(wanted, owners);
  const standard = all.find(({ name }) => name === defaultDeployment);
  const [only] = owners.length === 1 ? owners : all.length === 1 ? all : [standard];
  const parts = owners.length === 1 ? [] : all.filter(one => ownOf(one, wanted).length > 0);
  if (parts.some(one => one !== only)) throw scattered(wanted, parts);
  if (only !== undefined) return only;
  throw new OperatorError(all.length === 0 ? `${file} has no deployment` : `which deployment: ${names}?`, {
    code: "DEPLOYMENT_NOT_CHOSEN",
    hint: "say it with -d NAME or SMC_DEPLOYMENT, or write default: NAME into the services file",
  });
}

/** A host that several sites share: whichever was taken could be the wrong one. */
function ambiguous(wanted: readonly HostName[], owners: readonly Deployment[]): OperatorError {
  const names = owners.map(({ name }) => name);
  const verb = wanted.length === 1 ? "is" : "are";
  return new OperatorError(`${foldNames(wanted)} ${verb} in several deployments: ${names.join(", ")}`, {
    code: "DEPLOYMENT_NOT_CHOSEN",
    hint: `say which: ${choices(owners)}`,
  });
}

/** Hosts of which no site has all: that one lacks a few is no reason to call these unknown. */
function scattered(wanted: readonly HostName[], parts: readonly Deployment[]): OperatorError {
  const has = parts.map(one => `${one.name} has ${foldNames(ownOf(one, wanted))}`);
  return new OperatorError(`no deployment has all of ${foldNames(wanted)}: ${has.join(", ")}`, {
    code: "DEPLOYMENT_NOT_CHOSEN",
    hint: `name hosts of one deployment: ${choices(parts)}`,
  });
}

function choices(deployments: readonly Deployment[]): string {
  return deployments.map(({ name }) => `-d ${name}`).join(" or ");
}

/** The hosts that words name one by one; groups and globs mean something in each deployment. */
function hostNamesIn(words: readonly string[]): HostName[] {
  const plain = words.flatMap(splitPatterns).filter(word => !/^[@!]|[*?]/.test(word));
  return [...new Set(plain.flatMap(word => expandRange(word).map(({ name }) => name)))];
}

function ownOf({ hosts }: Deployment, wanted: readonly HostName[]): HostName[] {
  return wanted.filter(name => hosts.has(name));
}
