import { compact, mostCommon, type PlainMap } from "../plain.ts";
import type { HostDrafts } from "../translate/hosts.ts";
import { asMapping, commonRange } from "./common-range.ts";
import { foldHosts } from "./fold-hosts.ts";
import { serviceEntry, type ServiceDraft } from "./service-entry.ts";
import { writeYaml } from "./yaml.ts";

/** Everything that an imported file says. */
export interface FileDraft {
  deployment: string;
  /** Keys of the deployment itself: site, transport, base_url, ports, overcommit. */
  settings: PlainMap;
  isLocal: boolean;
  hosts: HostDrafts;
  services: ReadonlyMap<string, ServiceDraft>;
  /** Lines of the comment at its head. */
  comments: readonly string[];
}

/** Keys of one line each: the file, its deployments, one deployment, its VMs and services. */
const OPEN_DEPTH = 4;

/** Writes the services file. The same draft always gives the same text. */
export function writeServicesFile(draft: FileDraft): string {
  const { deployment, settings, isLocal } = draft;
  const image = mostCommon([...draft.hosts.vms.values()].flatMap(({ image }) => image ?? []));
  const machines = foldHosts(draft.hosts.machines);
  const vms = foldHosts(withoutImage(draft.hosts.vms, image));
  const common = commonRange([...machines, ...vms]);
  const machineMap = asMapping(machines, common);
  const services = [...draft.services].map(
    ([name, service]) => [name, serviceEntry(service, common)] as const,
  );
  const block = compact({
    ...settings,
    machines: isLocal ? machineMap : undefined,
    vms: asMapping(vms, common),
    services: Object.fromEntries(services),
  });
  const file = compact({
    smc: 1,
    vars: common === undefined ? undefined : { all: common },
    defaults: image === undefined ? undefined : { vm: { image } },
    machines: isLocal ? undefined : machineMap,
  });
  const head = draft.comments.map(line => `# ${line}\n`).join("");
  // What is common is as deep as it looks; a deployment has its services two levels further down.
  return `${head}${writeYaml(file, 1)}${writeYaml({ deployments: { [deployment]: block } }, OPEN_DEPTH - 1)}`;
}

function withoutImage(
  vms: ReadonlyMap<string, PlainMap>,
  image: PlainMap[string] | undefined,
): ReadonlyMap<string, PlainMap> {
  return new Map(
    [...vms].map(([name, { image: own, ...entry }]) => [
      name,
      own === image ? entry : compact({ ...entry, image: own }),
    ]),
  );
}
