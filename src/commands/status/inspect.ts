import { shellWithDaemons } from "../../base/shell.ts";
import type { Bytes, Milliseconds } from "../../base/units.ts";
import type { HostProber } from "../../engine/create-performer.ts";
import type { ProbeAnswer } from "../../engine/performer.ts";
import type { UnitStatus } from "../../engine/units/status.ts";
import type { Probe } from "../../plan/model.ts";
import type { PlannedInstance } from "../../services/planners/planned-instance.ts";
import type { Connection } from "../../transport/model.ts";
import type { InstanceStatus } from "./model.ts";
import { seeInstances, type SeenInstance } from "./observe.ts";

/** A program that serves answers within this. */
const PROBE_TIMEOUT: Milliseconds = 5000;

interface Inspection {
  connection: Connection;
  prober: HostProber;
}

/** Looks at the instances of one host: their units first, then, of those that run, whether they answer and what they see. */
export async function inspectHost(
  connection: Connection,
  what: { instances: readonly PlannedInstance[]; prober: HostProber },
): Promise<InstanceStatus[]> {
  const seen = await seeInstances(connection, what.instances);
  return Promise.all(seen.map(one => inspect({ connection, prober: what.prober }, one)));
}

async function inspect(inspection: Inspection, seen: SeenInstance): Promise<InstanceStatus> {
  const { planned, status } = seen;
  const known = describe(seen);
  if (status.state !== "running")
    return { ...known, detail: status.state === "stopped" ? undefined : status.evidence };
  const [ready, ring, version, memory] = await Promise.all([
    ask(inspection, planned.rendered.ready),
    planned.rendered.ring === undefined ? undefined : ask(inspection, planned.rendered.ring),
    versionOf(inspection, planned),
    memoryOf(inspection, status),
  ]);
  return {
    ...known,
    state: stateOf(ready, seen),
    version,
    memory,
    ring: ring?.evidence,
    detail: ready.holds === "yes" ? undefined : ready.evidence,
  };
}

/** Of a program that runs: what it is by the answer to whether it is ready. A question that stayed open tells nothing. */
function stateOf(ready: ProbeAnswer, { planned, status }: SeenInstance): InstanceStatus["state"] {
  if (ready.holds !== "no") return ready.holds === "yes" ? "running" : "unknown";
  const { since, ending } = status;
  const hadItsTime = ending !== true && since !== undefined && Date.now() - since > planned.timeouts.ready;
  return hadItsTime ? "not serving" : "starting";
}

function describe({ planned, status }: SeenInstance): InstanceStatus {
  const { instance, host } = planned;
  return {
    instance: instance.name,
    service: instance.service,
    host: host.name,
    role: host.role,
    state: status.state,
    since: status.since,
    pid: status.pid,
    memory: status.memory,
    version: undefined,
    ring: undefined,
    detail: undefined,
  };
}

function ask({ connection, prober }: Inspection, probe: Probe): Promise<ProbeAnswer> {
  return prober(connection.target.name, probe, {
    signal: AbortSignal.timeout(PROBE_TIMEOUT),
    deadline: Date.now() + PROBE_TIMEOUT,
    waiting: () => undefined,
  });
}

/** What systemd counts for the whole unit; where it does not count, what is resident of the main process. */
async function memoryOf({ connection }: Inspection, { pid, memory }: UnitStatus): Promise<Bytes | undefined> {
  if (memory !== undefined || pid === undefined) return memory;
  const result = await connection.run(["ps", "-o", "rss=", "-p", String(pid)], { timeout: PROBE_TIMEOUT });
  const kibibytes = Number(result.ok ? result.stdout : Number.NaN);
  return Number.isSafeInteger(kibibytes) && kibibytes > 0 ? kibibytes * 1024 : undefined;
}

async function versionOf(
  inspection: Inspection,
  { rendered: { version } }: PlannedInstance,
): Promise<string | undefined> {
  if (version === undefined) return undefined;
  if ("kind" in version) return versionOfAnswer(await ask(inspection, version));
  const { connection } = inspection;
  const result = await connection.run(shellWithDaemons('"$@"', version), { timeout: PROBE_TIMEOUT });
  const [line = ""] = (result.stdout === "" ? result.stderr : result.stdout).split("\n");
  return result.ok ? (/\d+(\.\d+)+[-\w.]*/.exec(line)?.[0] ?? /^\S+$/.exec(line)?.[0]) : undefined;
}

/** `10.1.1.2:9042 answers 5.0.6` */
function versionOfAnswer({ holds, evidence }: ProbeAnswer): string | undefined {
  return holds === "yes" ? / (\d+(\.\d+)+[-\w.]*)$/.exec(evidence)?.[1] : undefined;
}
