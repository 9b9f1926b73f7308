import type { Connection } from "../../transport/model.ts";
import { describeEnd } from "../fleet/describe-end.ts";
import type { PlannedInstance } from "../../services/planners/planned-instance.ts";
import {
  clockCheck,
  controlCheck,
  diskCheck,
  javaCheck,
  portsCheck,
  preparedCheck,
  strangersCheck,
  sudoCheck,
  type Check,
  type Finding,
} from "./checks.ts";
import { rebootCheck } from "./reboot-check.ts";

const CHECK_TIMEOUT = 20_000;

/** What doctor found on one host. */
export interface Diagnosis {
  host: string;
  findings: readonly Finding[];
}

/** What is to be looked at on a host: the instances that it has, and which of them run already. */
export interface Patient {
  connection: Connection;
  instances: readonly PlannedInstance[];
  running: ReadonlySet<string>;
  /** The script that tells what `smc prepare` would do; absent where there is nothing to prepare. */
  drift?: string;
  /** It runs nothing but what strangers write. */
  compute: boolean;
}

/** Asks a host everything that could keep smc from working on it. An unreachable host gets that one finding. */
export async function examine(patient: Patient): Promise<Diagnosis> {
  const { connection } = patient;
  const host = connection.target.name;
  const hello = await connection.run(["true"], { timeout: CHECK_TIMEOUT });
  if (!hello.ok) return { host, findings: [unreachable(hello.end)] };
  const findings = await Promise.all(checksFor(patient).map(check => ask(connection, check)));
  return {
    host,
    findings: [{ check: "reachable", verdict: "ok", detail: describeEnd(hello.end) }, ...findings],
  };
}

function unreachable(end: Parameters<typeof describeEnd>[0]): Finding {
  const hint = end.kind === "unreachable" ? end.hint : undefined;
  return {
    check: "reachable",
    verdict: "problem",
    detail: describeEnd(end),
    ...(hint === undefined ? {} : { hint }),
  };
}

async function ask(connection: Connection, check: Check): Promise<Finding> {
  const result = await connection.run(check.argv, {
    timeout: CHECK_TIMEOUT,
    ...(check.runAs === undefined ? {} : { runAs: check.runAs }),
  });
  return { check: check.name, ...check.judge(result) };
}

function checksFor({ instances, running, drift, connection, compute }: Patient): Check[] {
  const folders = [...new Set(instances.flatMap(({ rendered }) => rendered.folders.map(({ path }) => path)))];
  const java = [...new Set(instances.flatMap(({ rendered }) => rendered.java ?? []))];
  const wanted = instances
    .filter(({ instance }) => !running.has(instance.name))
    .flatMap(({ instance, rendered }) => rendered.listens.map(at => ({ ...at, instance: instance.name })));
  const controls = instances.flatMap(({ rendered }) => rendered.control ?? []);
  const administers = instances.some(
    ({ administrator, host }) => administrator !== undefined && host.user !== "root",
  );
  return [
    ...(administers ? [sudoCheck] : []),
    diskCheck(["/", ...folders]),
    ...java.map(javaCheck),
    clockCheck,
    // A machine that people sit at is theirs to reboot.
    ...(connection.target.kind === "ssh" ? [rebootCheck] : []),
    portsCheck(wanted),
    ...(drift === undefined ? [] : [preparedCheck(drift, connection.target.name)]),
    ...controls.map(controlCheck),
    ...(compute ? [strangersCheck(administers)] : []),
  ];
}
