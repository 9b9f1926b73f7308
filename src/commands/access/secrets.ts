import { createHash } from "node:crypto";
import { administratorOf } from "../../inventory/administrator.ts";
import {
  deliveriesOf,
  lookCommand,
  parseSecrets,
  type Delivery,
  type SeenDeliveries,
} from "../../access/delivered.ts";
import { recordOf } from "../../access/places.ts";
import { planSecrets, type SecretsRequest } from "../../access/plan-secrets.ts";
import { ExitCode, StatusExitCode } from "../../base/exit-code.ts";
import { foldNames } from "../../base/host-ranges.ts";
import type { HostTarget } from "../../base/host-target.ts";
import type { HostName, SecretName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { Milliseconds } from "../../base/units.ts";
import { isComputeServer } from "../../inventory/compute-server.ts";
import { renderTable } from "../../report/table.ts";
import { SecretFiles } from "../../state/secret-files.ts";
import { confirm } from "../confirm.ts";
import { executePlan } from "../execute.ts";
import { describeEnd } from "../fleet/describe-end.ts";
import { askAll } from "../fleet/fan-out.ts";
import { selectTargets } from "../fleet/targets.ts";
import { loadSite, type Site } from "../load.ts";
import type { CommandContext } from "../model.ts";
import { openTransport } from "../open-transport.ts";
import { printPlan } from "../print-plan.ts";
import type { Transport } from "../../transport/model.ts";

const LOOK_TIMEOUT: Milliseconds = 20_000;

/** The secrets on hosts that a verb works on, as they should be and as they are. */
interface SecretsAsk {
  site: Site;
  transport: Transport;
  request: SecretsRequest;
}

/** `smc secrets plan [HOST…]`: what `apply` would bring and remove. Exits 0. */
export function planDelivery(context: CommandContext<unknown>, words: readonly string[]): Promise<ExitCode> {
  return onHosts(context, words, ({ request }) => {
    print(
      context,
      request.deliveries.filter(({ state }) => state !== "delivered"),
    );
    return Promise.resolve(ExitCode.Done);
  });
}

/** `smc secrets status [HOST…]`: what hosts have of the secrets that their roles give them. Exits 3 where one is not as it should be, 4 where a host did not answer. */
export function deliveryStatus(
  context: CommandContext<unknown>,
  words: readonly string[],
): Promise<ExitCode> {
  return onHosts(context, words, ({ request: { deliveries } }) => {
    print(context, deliveries);
    if (deliveries.some(({ state }) => state === "unknown"))
      return Promise.resolve(StatusExitCode.Unreachable);
    const wrong = deliveries.some(({ state }) => state !== "delivered");
    return Promise.resolve(wrong ? StatusExitCode.NotAllRunning : ExitCode.Done);
  });
}

/** Options of `smc secrets apply`. */
export interface ApplyOptions {
  /** Overwrite files that smc did not bring. */
  adopt?: boolean;
}

/** `smc secrets apply [HOST…]`: brings secrets to the hosts of their roles, and removes those that smc brought to others. */
export function applyDelivery(
  context: CommandContext<ApplyOptions>,
  words: readonly string[],
): Promise<ExitCode> {
  return onHosts(context, words, async ({ site, transport, request }) => {
    await refuseKeysOfStrangers(site, request);
    const plan = planSecrets({ ...request, adopt: context.options.adopt === true });
    if (context.global.dryRun) return printPlan(context, plan);
    const gone = request.deliveries.filter(({ state }) => state === "unneeded");
    if (gone.length > 0) await confirm(context, `remove ${gone.length} secrets from ${hostsOf(gone)}?`);
    const code = await executePlan({ context, site, transport, plan });
    const left = [...foreign(request), ...silent(request)];
    for (const line of left) context.io.stderr.write(`${line}\n`);
    return code === ExitCode.Done && left.length > 0 ? ExitCode.Failed : code;
  });
}

/** What stays though no role needs it, a line each. */
function foreign({ deliveries }: SecretsRequest): string[] {
  const staying = deliveries.filter(({ state }) => state === "foreign");
  return staying.map(({ host, path, detail }) => `${host} ${path}: ${detail}`);
}

/** Hosts of which nobody knows what they have too much, a line each: the plan brings to them, and removes nothing. */
function silent({ deliveries }: SecretsRequest): string[] {
  const unknown = deliveries.filter(({ state }) => state === "unknown");
  const whys = new Map(unknown.map(({ host, detail }) => [host, detail]));
  return [...whys].map(
    ([host, why]) => `${host}: ${why}; what it needs no more is unknown: type it again when it answers`,
  );
}

async function onHosts<T>(
  context: CommandContext<unknown>,
  words: readonly string[],
  work: (ask: SecretsAsk) => Promise<T>,
): Promise<T> {
  const site = await loadSite(context, { hosts: words, secretsMayBeMissing: true });
  const { deployment } = site;
  if (deployment.transport === "local") {
    throw new OperatorError(`${deployment.name} is on this machine alone: its secrets are here already`, {
      code: "HOST_IS_LOCAL",
    });
  }
  const transport = openTransport(context.io);
  try {
    const request = await secretsRequest({ context, site, transport }, words);
    if (request.secrets.length === 0 && !context.global.quiet)
      context.io.stderr.write(noSecrets(deployment.name));
    return await work({ site, transport, request });
  } finally {
    await transport.close();
  }
}

function noSecrets(deployment: string): string {
  return `note: the services file has no secrets: of ${deployment}; hosts keep only what their services need\n`;
}

/** The request for the secrets of the named hosts, all without a word; without a transport no host is asked anything. */
export async function secretsRequest(
  { context, site, transport }: { context: CommandContext<unknown>; site: Site; transport?: Transport },
  words: readonly string[],
): Promise<SecretsRequest> {
  const { deployment } = site;
  const targets = selectTargets(deployment, words, context.global).filter(
    ({ name }) => deployment.hosts.get(name)?.managed === true,
  );
  const administrator = administratorOf(deployment);
  const secrets = deployment.secrets ?? [];
  const names = secrets.map(({ name }) => name);
  const hashes = await hashesOf(new SecretFiles(site.secretsFolder), names);
  const seen =
    transport === undefined ? new Map() : await look({ context, site, transport }, targets, administrator);
  return {
    command: context.argv,
    deployment: deployment.name,
    targets,
    parallel: deployment.ssh.parallel,
    administrator,
    now: new Date(),
    secrets,
    deliveries: deliveriesOf(
      targets.map(({ name }) => name),
      { secrets, hashes, seen },
    ),
    timeout: context.global.timeout,
  };
}

async function look(
  { context, site, transport }: { context: CommandContext<unknown>; site: Site; transport: Transport },
  targets: readonly HostTarget[],
  administrator: string | undefined,
): Promise<SeenDeliveries> {
  const { deployment } = site;
  const account = administrator === undefined ? {} : { runAs: administrator };
  const answers = await askAll<[HostName, ReturnType<typeof parseSecrets> | { why: string }]>({
    context,
    targets,
    title: "looking at the secrets of hosts",
    concurrency: deployment.ssh.parallel,
    ask: async (target, signal) => {
      const own = (deployment.secrets ?? []).filter(({ hosts }) => hosts.includes(target.name));
      const argv = lookCommand(
        recordOf(deployment.name),
        own.map(({ path }) => path),
      );
      const result = await transport
        .connection(target)
        .run(argv, { timeout: LOOK_TIMEOUT, signal, ...account });
      if (!result.ok) return [target.name, { why: describeEnd(result.end) }];
      return [target.name, parseSecrets(result.stdout)];
    },
  });
  return new Map(answers.map(([name, seen]) => [name, seen ?? { why: "its answer is not what smc reads" }]));
}

/** Of the contents as they are sent, with the end of a last line. */
async function hashesOf(files: SecretFiles, names: readonly SecretName[]): Promise<Map<SecretName, string>> {
  const found = await Promise.all(
    [...new Set(names)].map(async (name): Promise<[SecretName, string][]> => {
      const secret = await files.get(name);
      if (secret === undefined) return [];
      return [[name, createHash("sha256").update(`${secret.reveal()}\n`).digest("hex")]];
    }),
  );
  return new Map(found.flat());
}

/** Throws an OperatorError (exit 3): whoever breaks out of a project on a compute server must not find a key there. */
export async function refuseKeysOfStrangers(
  { deployment, secretsFolder }: Site,
  { secrets }: SecretsRequest,
): Promise<void> {
  const files = new SecretFiles(secretsFolder);
  const details: string[] = [];
  for (const { name, hosts } of secrets) {
    const exposed = hosts.filter(host => isComputeServer(host, deployment));
    if (exposed.length === 0 || !/PRIVATE KEY-----/.test((await files.get(name))?.reveal() ?? "")) continue;
    details.push(`${name} is a private key, and ${foldNames(exposed)} run what strangers write`);
  }
  if (details.length === 0) return;
  throw new OperatorError("compute servers hold no key that opens something else: nothing was touched", {
    code: "SECRET_EXPOSED",
    exit: ExitCode.Refused,
    details,
    hint: 'leave them out: at: ["@all", "!@compute"]',
  });
}

function hostsOf(deliveries: readonly Delivery[]): string {
  return foldNames([...new Set(deliveries.map(({ host }) => host))]);
}

function print({ io, global }: CommandContext<unknown>, deliveries: readonly Delivery[]): void {
  if (global.json) {
    io.stdout.write(`${JSON.stringify({ version: 1, secrets: deliveries }, null, 2)}\n`);
    return;
  }
  const groups = Map.groupBy(deliveries, ({ path, secret, state, detail }) =>
    JSON.stringify([path, secret, state, detail]),
  );
  const rows = [...groups.values()].flatMap(group => {
    const [first] = group;
    if (first === undefined) return [];
    return [[hostsOf(group), first.path, first.secret ?? "", first.state, first.detail]];
  });
  if (rows.length === 0) io.stderr.write("every host has the secrets of its roles, and no other\n");
  else io.stdout.write(renderTable(["hosts", "path", "secret", "state", "note"], rows));
}
