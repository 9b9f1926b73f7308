import { relative } from "node:path";
import { ExitCode } from "../base/exit-code.ts";
import { foldNames } from "../base/host-ranges.ts";
import { OperatorError } from "../base/operator-error.ts";
import { chooseDeployment } from "../inventory/choose-deployment.ts";
import type { Deployment, Inventory } from "../inventory/model.ts";
import type { Origins } from "../inventory/origins.ts";
import { deploymentView, seedsOf } from "../inventory/view.ts";
import { renderTable } from "../report/table.ts";
import { loadFile, refuseErrors } from "./load.ts";
import type { CommandContext } from "./model.ts";

/**
 * `smc inventory`: what the services file comes to once it is expanded, of every deployment or of the one that `-d` names.
 * With `--origin`, each value with the line that gave it.
 */
export async function inventory(context: CommandContext<{ origin?: boolean }>): Promise<ExitCode> {
  const { io, global, options } = context;
  const loaded = await loadFile(context);
  const read = refuseErrors(context, loaded);
  const deployments = chosen(read, global.deployment);
  if (global.json) {
    const views = deployments.map(deployment => ({
      ...deploymentView(deployment),
      ...(options.origin === true ? { origins: loaded.origins.of(deployment.name) } : {}),
    }));
    const answer = {
      version: 1,
      file: loaded.file,
      default: read.defaultDeployment ?? null,
      deployments: views,
    };
    io.stdout.write(`${JSON.stringify(answer, textOfBigInt)}\n`);
    return ExitCode.Done;
  }
  const file = relative(io.directory, loaded.file);
  const text = (deployment: Deployment) =>
    options.origin === true ? originLines(deployment, loaded.origins, file) : overview(deployment);
  io.stdout.write(deployments.map(text).join("\n"));
  return ExitCode.Done;
}

function chosen(read: Inventory, named: string | undefined): readonly Deployment[] {
  return named === undefined
    ? [...read.deployments.values()]
    : [chooseDeployment(read, { named, hosts: [] })];
}

function overview(deployment: Deployment): string {
  const hosts = [...deployment.hosts.values()];
  const dataCentres = [...Map.groupBy(hosts, ({ dc }) => dc ?? "no data centre")];
  const lines = [
    `${deployment.name}: ${deployment.site}, ${deployment.transport}`,
    ...dataCentres.map(([dc, members]) => `  ${dc}: ${foldNames(members.map(({ name }) => name))}`),
  ];
  const seeds = seedsOf(deployment);
  if (seeds.length > 0) lines.push(`  seeds: ${foldNames(seeds)}`);
  const byService = Map.groupBy(deployment.instances, ({ service }) => service);
  const rows = [...deployment.services.values()].map(({ name, hosts: on }) => {
    const instances = byService.get(name) ?? [];
    const ports = Object.entries(instances[0]?.ports ?? {}).map(([key, port]) => `${key} ${port}`);
    return [name, String(instances.length), foldNames(on), ports.join(", ")];
  });
  const table = rows.length === 0 ? "" : renderTable(["service", "instances", "hosts", "ports"], rows);
  return `${lines.join("\n")}\n${table.replaceAll(/^/gm, "  ").trimEnd()}\n`;
}

/** `hub.hosts.web3.instances = 2   conf/services.yaml:81:24` */
function originLines({ name }: Deployment, origins: Origins, file: string): string {
  const rows = origins
    .of(name)
    .map(({ path, value, line, column }) => [
      `${[name, ...path].join(".")} = ${JSON.stringify(value, textOfBigInt)}`,
      `${file}:${line}:${column}`,
    ]);
  if (rows.length === 0)
    throw new OperatorError(`the services file says nothing of ${name}`, { code: "ORIGIN_NONE" });
  return rows.map(([value, place]) => `${place}\t${value}\n`).join("");
}

/** Tokens do not fit into the numbers of JSON. */
function textOfBigInt(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
