import { accountOf } from "../../../inventory/administrator.ts";
import { OperatorError } from "../../../base/operator-error.ts";
import type { HostTarget } from "../../../base/host-target.ts";
import type { HostName } from "../../../base/names.ts";
import type { Milliseconds } from "../../../base/units.ts";
import { targetOf } from "../../../services/planners/planned-instance.ts";
import type { PackageSight, Pins } from "../../../services/release/packages/decide.ts";
import {
  parseChanges,
  parseInstalled,
  parseKept,
  parseReboot,
  parseSystem,
} from "../../../services/release/packages/look.ts";
import {
  goTogetherScript,
  installedScript,
  lookScript,
  rebootScript,
  simulateScript,
  type PackageWish,
} from "../../../services/release/packages/look-scripts.ts";
import type { RebootState, SeenChanges, SeenSystem } from "../../../services/release/packages/model.ts";
import { describeEnd } from "../../fleet/describe-end.ts";
import { askAll } from "../../fleet/fan-out.ts";
import { renderingSite } from "../../selected-hosts.ts";
import type { PackagesAsk } from "./model.ts";

/** For how long somebody else who changes packages is waited for before anything is planned. */
const PATIENCE: Milliseconds = 60_000;
/** Lists come over the network. */
const REFRESH_TIMEOUT: Milliseconds = 5 * 60_000;
/** apt reads all its lists, on a slow disk. */
const LOOK_TIMEOUT: Milliseconds = 60_000;

/**
 * What apt would do on each host, all at once; with `pins`, to bring the packages that are there to those versions. The lists of the hosts
 * are refreshed first unless the operator said otherwise: a change of what apt knows, and of nothing that runs.
 */
export async function lookAtPackages(ask: PackagesAsk, pins?: Pins): Promise<readonly PackageSight[]> {
  const parse = ask.wish.kind === "back" ? parseKept : parseChanges;
  return everywhere(ask, "looking at packages", async host => {
    const system = parseSystem(await said(ask, host, lookOf(ask)));
    const argv = simulateScript(wishFor(ask, system, pins));
    // Where dpkg was interrupted, apt has nothing to say.
    const changes =
      system.unfinished.length > 0
        ? NOTHING
        : await withWayBack(ask, host, parse(await said(ask, host, { argv, timeout: LOOK_TIMEOUT })));
    return { ...system, ...changes };
  });
}

/** Which hosts wait for a reboot; those that do not answer are left out. */
export async function lookForReboots(ask: PackagesAsk): Promise<{ host: HostName; state: RebootState }[]> {
  const answers = await everywhere(ask, "looking for reboots", async host =>
    parseReboot(await said(ask, host, { argv: rebootScript(), timeout: LOOK_TIMEOUT })),
  );
  return answers.flatMap(answer => ("seen" in answer ? [{ host: answer.host, state: answer.seen }] : []));
}

/** What is installed on each host. */
export function lookAtInstalled(
  ask: PackagesAsk,
): Promise<({ host: HostName } & ({ seen: ReturnType<typeof parseInstalled> } | { why: string }))[]> {
  return everywhere(ask, "looking at versions", async host =>
    parseInstalled(await said(ask, host, { argv: installedScript(), timeout: LOOK_TIMEOUT })),
  );
}

const NOTHING = { changes: [], removed: [], keptBack: [], newer: [], missing: [], absent: [] };

/** Some packages may not come back: where the others do not go together with what these are then, none does. */
async function withWayBack(ask: PackagesAsk, host: HostTarget, seen: SeenChanges): Promise<SeenChanges> {
  const argv = goTogetherScript(seen.changes);
  if (argv === undefined) return seen;
  return said(ask, host, { argv, timeout: LOOK_TIMEOUT }).then(
    () => seen,
    (error: unknown) => {
      if (!(error instanceof OperatorError)) throw error;
      const changes = seen.changes.map(change => ({ ...change, before: undefined }));
      return { ...seen, changes, stuck: error.message };
    },
  );
}

function lookOf({ context: { options, global }, wish }: PackagesAsk): {
  argv: string[];
  timeout: Milliseconds;
} {
  const patience = global.timeout ?? PATIENCE;
  // What was kept lies on the hosts.
  const refresh = options.refresh !== false && wish.kind !== "back";
  return {
    argv: lookScript({ refresh, patience }),
    timeout: patience + (refresh ? REFRESH_TIMEOUT : LOOK_TIMEOUT),
  };
}

function wishFor({ wish }: PackagesAsk, { system }: SeenSystem, pins: Pins | undefined): PackageWish {
  if (wish.kind === "only") return { kind: "only", names: wish.names };
  if (wish.kind === "back") return { kind: "kept" };
  if (pins === undefined) return { kind: "all" };
  return {
    kind: "pinned",
    pins: [...(pins.get(system) ?? [])].map(([name, version]) => `${name}=${version}`),
  };
}

async function everywhere<Seen>(
  ask: PackagesAsk,
  title: string,
  look: (target: HostTarget) => Promise<Seen>,
): Promise<({ host: HostName } & ({ seen: Seen } | { why: string }))[]> {
  const { context, site, hosts } = ask;
  const rendering = renderingSite(context, site);
  const answers = await askAll({
    context,
    targets: hosts.map(host => targetOf(rendering, host)),
    title,
    concurrency: site.deployment.ssh.parallel,
    ask: target =>
      look(target).then(
        seen => ({ host: target.name, seen }),
        (error: unknown) => {
          if (error instanceof OperatorError) return { host: target.name, why: error.message };
          throw error;
        },
      ),
  });
  return [...answers];
}

/** What a script says on a host. Throws an OperatorError with its last words where it does not come to its end. */
async function said(
  { site, transport }: PackagesAsk,
  target: HostTarget,
  { argv, timeout }: { argv: readonly string[]; timeout: Milliseconds },
): Promise<string> {
  const runAs = accountOf(site.deployment);
  const { ok, end, stdout, stderr } = await transport.connection(target).run(argv, { timeout, ...runAs });
  if (ok) return stdout;
  const lines = stderr.trim().split("\n");
  const words = lines.find(line => line.startsWith("E:")) ?? lines.at(-1) ?? "";
  throw new OperatorError(words === "" ? describeEnd(end) : `${describeEnd(end)}: ${words}`, {
    code: "PACKAGES_UNKNOWN",
  });
}
