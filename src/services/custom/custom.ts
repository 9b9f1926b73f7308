import type { ServiceName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import type { InstanceContext, RenderedFile, RenderedInstance, ServiceDescription } from "../model.ts";
import { placesOf } from "../places.ts";
import { commonValues, renderProgram } from "../program.ts";
import { commandWords, fill, fillFile, type Values } from "../template.ts";
import { customPorts } from "./ports.ts";
import { readyProbe } from "./ready.ts";
import { customSettings, type CustomSettings } from "./settings.ts";

/** What the entry of a custom service says that belongs to the service as a whole. */
export interface CustomEntry {
  name: ServiceName;
  settings: Pick<CustomSettings, "needs" | "one_at_a_time" | "summary">;
}

/** The description of a service that the services file alone defines: any command, its files, ports and readiness. */
export function customService({ name, settings }: CustomEntry): ServiceDescription<CustomSettings> {
  return {
    name,
    summary: settings.summary ?? "a service of this site's own",
    settings: customSettings,
    needs: settings.needs,
    oneAtATime: settings.one_at_a_time,
    render,
  };
}

function render(context: InstanceContext<CustomSettings>): RenderedInstance {
  const { host, settings } = context;
  const ports = customPorts(context.instance, settings.ports);
  const values = customValues(context, ports);
  const directory = context.folders.data;
  const program = renderProgram(context, { program: [], options: [], values, env: {}, directory });
  const log =
    settings.log === undefined ? placesOf(context, context.instance).log : fill(settings.log, values);
  return {
    ...program,
    software: softwareOf(settings, program),
    command: { ...program.command, stopSignal: settings.stop_signal },
    folders: [...program.folders, ...foldersOf(context)],
    files: Object.entries(settings.files)
      .map(([path, file]) => renderFile(`${context.folders.config}/${path}`, file, values))
      .sort((a, b) => (a.path < b.path ? -1 : 1)),
    log,
    listens: Object.values(ports).map(port => ({ address: host.address, port })),
    ready: readyProbe({ ready: settings.ready, address: host.address, ports, values }),
    ...(settings.reload === undefined ? {} : { reload: { argv: commandWords(settings.reload, values) } }),
    ...(settings.check === undefined ? {} : { check: { argv: commandWords(settings.check, values) } }),
  };
}

/** `{port}` is the first port, `{port.NAME}` each of them. */
function customValues(
  context: InstanceContext<CustomSettings>,
  ports: Readonly<Record<string, number>>,
): Values {
  const [first] = Object.values(ports);
  const named = Object.entries(ports).map(([name, port]) => [`port.${name}`, port] as const);
  return {
    ...commonValues(context),
    ...(first === undefined ? {} : { port: first }),
    ...Object.fromEntries(named),
  };
}

function softwareOf(
  { packages, source }: CustomSettings,
  { software, command }: Pick<RenderedInstance, "software" | "command">,
): RenderedInstance["software"] {
  if (packages.length === 0) return software;
  if (source === undefined) return { kind: "packages", packages, binary: command.argv[0] ?? "" };
  throw new OperatorError("a service has either `packages:` or a `source:`", {
    code: "SOFTWARE_TWICE",
    hint: "let another service of the host bring the packages, and name it in `needs:`",
  });
}

/** Folders below the configuration folder that the files need. */
function foldersOf({ settings, folders }: InstanceContext<CustomSettings>): RenderedInstance["folders"] {
  const parents = Object.keys(settings.files).flatMap(path => {
    const parts = path.split("/").slice(0, -1);
    return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
  });
  return [...new Set(parents)].sort().map(path => ({ path: `${folders.config}/${path}`, mode: 0o750 }));
}

function renderFile(path: string, file: CustomSettings["files"][string], values: Values): RenderedFile {
  const { content, mode } = typeof file === "string" ? { content: file, mode: "0640" } : file;
  return { path, content: fillFile(content, values), mode: Number.parseInt(mode, 8) };
}
