import * as v from "valibot";
import { artefactSource } from "./artefact-source.ts";
import type { RenderedInstance, InstanceContext, Software } from "./model.ts";
import type { programFields } from "./fields.ts";
import { accountOf, currentFolder, placesOf } from "./places.ts";
import { commandWords, fill, hasPlaceholder, type Values } from "./template.ts";

type ProgramSettings = v.InferOutput<ReturnType<typeof programObject>>;
const programObject = (fields: typeof programFields) => v.object(fields);

/** How a program of the site is started when its settings do not say otherwise. */
export interface ProgramDefaults {
  program: readonly string[];
  /** Options of the old program, with placeholders; appended to a `command:` that has none. */
  options: readonly string[];
  /** Placeholders beside those that every program has. */
  values: Values;
  env: Readonly<Record<string, string>>;
  /** Where it runs; one that smc brought runs in the folder of its version. */
  directory: string;
}

/** Everything about a program of the site but its own files, ports and readiness. */
export function renderProgram(
  context: InstanceContext<ProgramSettings>,
  defaults: ProgramDefaults,
): Omit<RenderedInstance, "files" | "listens" | "ready"> {
  const { deployment, instance, settings, folders } = context;
  const places = placesOf(context, instance);
  const software = currentFolder(folders);
  const values = { ...commonValues(context), ...defaults.values };
  const given = settings.command ?? [...defaults.program];
  const words = commandWords(given, values);
  const options = hasPlaceholder(given) ? [] : commandWords([...defaults.options], values);
  return {
    software: softwareOf(context),
    folders: [folders.config, folders.data, places.run, places.logFolder].map(path => ({
      path,
      mode: 0o750,
    })),
    user: accountOf(deployment, settings.run_as),
    command: {
      argv: [...words, ...options],
      env: { ...defaults.env, ...filled(settings.env, values) },
      directory: fill(
        settings.directory ?? (settings.source === undefined ? defaults.directory : software),
        values,
      ),
      limits: settings.limits,
      stopSignal: "TERM",
    },
    log: places.log,
    ...(settings.source === undefined ? {} : { version: ["readlink", software] }),
  };
}

/** Placeholders that every command, file and variable may use. */
export function commonValues(context: InstanceContext<unknown>): Values {
  const { deployment, host, instance, folders } = context;
  const places = placesOf(context, instance);
  return {
    id: instance.id,
    name: instance.name,
    host: host.address,
    hostname: host.name,
    deployment: deployment.name,
    site: deployment.site,
    base_url: deployment.baseUrl,
    software: currentFolder(folders),
    config: folders.config,
    data: folders.data,
    run: places.run,
    pidfile: places.pidFile,
    logfile: places.log,
  };
}

/** Every value of a map with its placeholders filled in. */
function filled(map: Readonly<Record<string, string>>, values: Values): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([name, text]) => [name, fill(text, values)]));
}

function softwareOf({ instance, settings, folders }: InstanceContext<ProgramSettings>): Software {
  const { source } = settings;
  if (source === undefined) return { kind: "none" };
  const artefact = { name: instance.service, version: source.version, source: artefactSource(source) };
  return { kind: "artefact", artefact, folder: folders.software };
}

/**
 * Where the old programs of the site lie: `~/salvus/salvus` of their user. On `local` nothing is known of that, so it is
 * a folder of smc.
 */
export function oldHome({ deployment, host, settings, folders }: InstanceContext<ProgramSettings>): string {
  const user = accountOf(deployment, settings.run_as) || host.user;
  if (deployment.transport === "local") return folders.data;
  return `${user === "root" ? "/root" : `/home/${user}`}/salvus/salvus`;
}
