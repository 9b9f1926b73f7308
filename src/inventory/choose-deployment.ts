import { expandRange, splitPatterns } from "../base/host-ranges.ts";
import type { DeploymentName } from "../base/names.ts";
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
  const owners = deploymentsWith(all, hosts);
  if (owners.length > 1) throw ambiguous(hosts, owners);
  const standard = all.find(({ name }) => name === defaultDeployment);
  const [only] = owners.length === 1 ? owners : all.length === 1 ? all : [standard];
  if (only !== undefined) return only;
  throw new OperatorError(all.length === 0 ? `${file} has no deployment` : `which deployment: ${names}?`, {
    code: "DEPLOYMENT_NOT_CHOSEN",
    hint: "say it with -d NAME or SMC_DEPLOYMENT, or write default: NAME into the services file",
  });
}

/** A host that several sites share: whichever was taken could be the wrong one. */
function ambiguous(words: readonly string[], owners: readonly Deployment[]): OperatorError {
  const names = owners.map(({ name }) => name);
  return new OperatorError(`${words.join(" ")} is in several deployments: ${names.join(", ")}`, {
    code: "DEPLOYMENT_NOT_CHOSEN",
    hint: `say which: -d ${names[0] ?? "NAME"}`,
  });
}

/** Those that have every host named; none when no single host is named. Groups and globs mean something in each of them. */
function deploymentsWith(
  deployments: readonly Deployment[],
  words: readonly string[],
): readonly Deployment[] {
  const plain = words.flatMap(splitPatterns).filter(word => !/^[@!]|[*?]/.test(word));
  const names = plain.flatMap(word => expandRange(word).map(({ name }) => name));
  if (names.length === 0) return [];
  return deployments.filter(({ hosts }) => names.every(name => hosts.has(name)));
}
