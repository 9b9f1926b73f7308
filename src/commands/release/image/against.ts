import type { Milliseconds } from "../../../base/units.ts";
import type { HostName } from "../../../base/names.ts";
import { OperatorError } from "../../../base/operator-error.ts";
import { emptiedByVms } from "../../../machines/release-batches.ts";
import type { MachineSights } from "../../../machines/release.ts";
import { FILLED_FOLDERS, foldersOnRootDisk } from "../../../machines/root-disk.ts";
import { hostKeySecret, type Vm } from "../../../machines/vm.ts";
import { planInstance, type PlannedInstance } from "../../../services/planners/planned-instance.ts";
import { placesOf } from "../../../services/release/places.ts";
import { SecretFiles } from "../../../state/secret-files.ts";
import { known as knownTo } from "../../../vpn/network.ts";
import { seenOf } from "../../../vpn/observation.ts";
import type { VpnRequest } from "../../../vpn/planners/request.ts";
import { refuseKeysOfStrangers, secretsRequest } from "../../access/secrets.ts";
import { refuseCut } from "../../firewall/observe.ts";
import { describeEnd } from "../../fleet/describe-end.ts";
import { askAll } from "../../fleet/fan-out.ts";
import { renderingSite } from "../../selected-hosts.ts";
import { rootOptions } from "../../vm/observe.ts";
import { allBehindProxies } from "../behind.ts";
import { lookAtPlaces } from "../look.ts";
import type { Known } from "./know.ts";
import type { ImageAsk } from "./model.ts";
import { forOwnHosts } from "./own-hosts.ts";

const LOOK_TIMEOUT: Milliseconds = 20_000;

/** All that speaks against making these VMs anew, in words. */
export async function reasonsAgainstAnew(
  ask: ImageAsk,
  { changes, machines, known }: { changes: readonly Vm[]; machines: MachineSights; known: Known },
): Promise<string[]> {
  const rendering = renderingSite(ask.context, ask.site);
  const planned = known.request.instances.map(instance => planInstance(rendering, instance));
  const begun = new Set(changes.filter(vm => isBegun(vm, machines)).map(({ name }) => name));
  // Of what was begun and never seen well, what runs now is thrown away; one that is off had no clients since.
  const off = new Set(
    changes.filter(vm => begun.has(vm.name) && isOffNow(known, vm)).map(({ name }) => name),
  );
  // One that never came up answers nobody: with the word for its files it may go.
  const lost = ask.context.options.discardFiles === true ? begun : new Set<HostName>();
  const asked = planned.filter(({ host }) => !off.has(host.name));
  return [
    ...known.problems,
    ...(await keyless(ask, changes)),
    ...deafTo(known, changes),
    ...unseen(
      known,
      changes.filter(({ name }) => !begun.has(name)),
    ),
    ...databasesOnRootDisk(ask, planned),
    ...(await filledFolders(ask, asked)),
    ...(await versionsAhead(ask, asked, lost)),
    ...(await refusedOtherwise(ask, changes, known)),
  ];
}

/** What smc firewall apply and smc secrets apply would refuse, in words: a new system gets both. */
async function refusedOtherwise(
  { context, site }: ImageAsk,
  changes: readonly Vm[],
  { firewall }: Known,
): Promise<string[]> {
  const names = changes.map(({ name }) => name);
  const hasNone = site.deployment.secrets === undefined || names.length === 0;
  const reasons = await Promise.all([
    reasonsOf(() => (firewall === undefined ? undefined : refuseCut(firewall))),
    reasonsOf(async () =>
      hasNone
        ? undefined
        : refuseKeysOfStrangers(site, await secretsRequest({ context: forOwnHosts(context), site }, names)),
    ),
  ]);
  return reasons.flat();
}

async function reasonsOf(check: () => void | Promise<void>): Promise<string[]> {
  try {
    await check();
    return [];
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    return error.details.length === 0 ? [error.message] : [...error.details];
  }
}

/** All that speaks against making these VMs what they were, in words. */
export function reasonsAgainstBack({ context }: ImageAsk, vms: readonly Vm[], known: Known): string[] {
  if (context.options.force === true) return [...known.problems];
  return [...known.problems, ...deafTo(known, vms), ...unseen(known, vms)];
}

/** Batches that would leave a proxy without a server, in words. */
export function emptiedBy(ask: ImageAsk, batches: readonly (readonly Vm[])[], known: Known): string[] {
  if (ask.context.options.allowLoss === true) return [];
  const { instances, running } = known;
  const services = [...new Set(instances.map(({ service }) => service))];
  return emptiedByVms(batches, { proxies: allBehindProxies(ask, services), running, instances });
}

/** Whether a VM was begun to be made anew and never seen well. */
export function isBegun(vm: Vm, machines: MachineSights): boolean {
  const seen = machines.get(vm.machine.name);
  return seen !== undefined && "vms" in seen && seen.vms.get(vm.name)?.note?.state === "begun";
}

/** Members of the VPN that could not be told of the keys of these VMs, in words. */
export function deafTo({ vpn }: Known, vms: readonly Vm[]): string[] {
  return vpn === undefined ? [] : deafMembers(vpn, vms);
}

function isOffNow({ request }: Known, { name }: Vm): boolean {
  return isDown(request.seen.get(name)?.state);
}

function isDown(state: string | undefined): boolean {
  return state === "shut off" || state === "crashed" || state === "absent";
}

/** Instances on VMs that run that nobody can say of whether they do: their stop, and what comes after, would be a guess. */
function unseen(known: Known, vms: readonly Vm[]): string[] {
  const { request } = known;
  const up = vms.filter(vm => !isOffNow(known, vm));
  const hosts = new Set(up.map(({ name }) => name));
  const state = (name: string): string => request.observed.get(name)?.state ?? "unknown";
  return request.instances
    .filter(({ host, name }) => hosts.has(host) && state(name) === "unknown")
    .map(({ name }) => `${name}: nobody can say whether it runs`);
}

/** VMs whose ssh host key is not here: a new system could not be given the one that everybody knows. In words. */
async function keyless({ site }: ImageAsk, vms: readonly Vm[]): Promise<string[]> {
  const secrets = new SecretFiles(site.secretsFolder);
  const held = await Promise.all(vms.map(({ name }) => secrets.has(hostKeySecret(name))));
  return vms
    .filter((_, index) => held[index] === false)
    .map(({ name }) => `${name}: its ssh host key is not here, ${secrets.path(hostKeySecret(name))}`);
}

/** A database never goes with a root disk: those that would, in words. */
function databasesOnRootDisk({ context, site }: ImageAsk, planned: readonly PlannedInstance[]): string[] {
  const rendering = renderingSite(context, site);
  return planned.flatMap(one => {
    const folders = one.rendered.tables === undefined ? [] : foldersOnRootDisk(rendering, one);
    if (folders.length === 0) return [];
    return [
      `${one.instance.name} keeps its data on the root disk, in ${folders.join(", ")}: give the VM a disk, and let data_dir be below /mnt of it`,
    ];
  });
}

/** Files of other programs on root disks, which the VMs themselves are asked for, unless the operator said that they may go. In words. */
async function filledFolders(ask: ImageAsk, planned: readonly PlannedInstance[]): Promise<string[]> {
  const { context, site, transport } = ask;
  if (context.options.discardFiles === true) return [];
  const rendering = renderingSite(context, site);
  const programs = planned.filter(({ rendered }) => rendered.tables === undefined);
  const byHost = Map.groupBy(programs, ({ host }) => host.name);
  const targets = [...byHost.values()].flatMap(([first]) => (first === undefined ? [] : [first.target]));
  const filled = await askAll<string[]>({
    context,
    targets,
    title: "looking at root disks",
    concurrency: targets.length,
    ask: async target => {
      const own = byHost.get(target.name) ?? [];
      const folders = own.flatMap(one => foldersOnRootDisk(rendering, one));
      const options = { ...rootOptions(ask), timeout: LOOK_TIMEOUT };
      const { ok, end, stdout } = await transport
        .connection(target)
        .run(["sh", "-c", FILLED_FOLDERS, "sh", ...folders], options);
      if (!ok) return [`${target.name}: nobody can say what is on its root disk (${describeEnd(end)})`];
      const found = stdout.split("\n").filter(folder => folder !== "");
      return found.map(
        folder =>
          `${target.name} has files in ${folder}, on the root disk that it loses: bring them to another place, or --discard-files`,
      );
    },
  });
  return filled.flat();
}

/**
 * Programs that were released beyond what the services file says, which a new system would get, and those that nobody can tell of, but on the
 * VMs that were given up. In words.
 */
async function versionsAhead(
  { context, transport }: ImageAsk,
  planned: readonly PlannedInstance[],
  lost: ReadonlySet<HostName>,
): Promise<string[]> {
  const brought = planned.filter(
    ({ rendered }) => rendered.software.kind === "artefact" && rendered.ring === undefined,
  );
  const sights = await lookAtPlaces({ context, transport }, placesOf(brought));
  return sights.flatMap(sight => {
    const { software } = sight.place.lead.rendered;
    if ("why" in sight && lost.has(sight.place.lead.host.name)) return [];
    if ("why" in sight) return [`${sight.place.id}: nobody can say which version it is (${sight.why})`];
    if (software.kind !== "artefact") return [];
    const { current } = sight.seen;
    const said = software.artefact.version;
    if (current === undefined || current === said) return [];
    return [
      `${sight.place.id} is ${current}, and the services file says ${said}: write down what was released`,
    ];
  });
}

function deafMembers({ keys, network, seen }: VpnRequest, vms: readonly Vm[]): string[] {
  const members = network.hosts.filter(({ name }) => keys.has(name));
  const going = new Set<HostName>(vms.map(({ name }) => name).filter(name => keys.has(name)));
  return members
    .filter(({ name }) => !going.has(name) && seenOf(seen, name) === undefined)
    .flatMap(member => {
      const told = knownTo(member, members, network.settings.mesh).filter(({ name }) => going.has(name));
      if (told.length === 0) return [];
      const found = seen.get(member.name);
      const why = found !== undefined && "why" in found ? found.why : "not asked";
      return [
        `${member.name}: ${why}; it could not be told the VPN keys of ${told.map(({ name }) => name).join(", ")}`,
      ];
    });
}
