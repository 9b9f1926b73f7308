import type { InstanceContext, RenderedFile, RenderedInstance, ServiceDescription } from "../model.ts";
import { proxiesInFront } from "../haproxy/traffic.ts";
import { accountOf, placesOf, portOf } from "../places.ts";
import { nginxConfig, TEMPORARY } from "./config.ts";
import { nginxSettings, type NginxSettings } from "./settings.ts";
import { ownPort } from "../fields.ts";

/** The static files of the site. */
export const nginx: ServiceDescription<NginxSettings> = {
  name: "nginx",
  summary: "the static files of the site, behind haproxy",
  settings: nginxSettings,
  ports: ({ nginx }, { id, settings }) => ({ nginx: ownPort(settings, id) ?? nginx }),
  needs: [],
  oneAtATime: false,
  render,
};

const RUN_MODE = 0o755;

function render(context: InstanceContext<NginxSettings>): RenderedInstance {
  const { deployment, host, instance, settings, folders } = context;
  const places = placesOf(context, instance);
  const user = accountOf(deployment, settings.run_as);
  const ownFolder = `${folders.config}/static`;
  const port = portOf(deployment, instance, "nginx");
  const file = `${folders.config}/nginx.conf`;
  const config = nginxConfig({
    address: host.address,
    port,
    baseUrl: deployment.baseUrl,
    staticFolder: settings.static ?? ownFolder,
    run: places.run,
    pidFile: places.pidFile,
    dropTo: workerAccount(context, user),
  });
  // The mode that systemd gives to all folders below /run; what nginx puts into these is for itself alone (0600).
  const temporary = TEMPORARY.map(name => ({ path: `${places.run}/${name}`, mode: RUN_MODE }));
  return {
    software: { kind: "packages", packages: ["nginx-light"], ownUnits: ["nginx.service"], binary: "nginx" },
    folders: [
      { path: folders.config, mode: 0o755 },
      { path: places.run, mode: RUN_MODE },
      { path: places.logFolder, mode: 0o750 },
      ...temporary,
      ...(settings.static === undefined ? [{ path: ownFolder, mode: 0o755 }] : []),
    ],
    files: [
      { path: file, content: [config], mode: 0o644 },
      ...(settings.static === undefined ? [page(ownFolder, deployment.site)] : []),
    ],
    user,
    command: {
      argv: startWords(deployment.transport, file),
      env: {},
      directory: folders.config,
      limits: settings.limits,
      stopSignal: "QUIT",
    },
    log: places.log,
    listens: [{ address: host.address, port }],
    ready: {
      kind: "all",
      probes: ["/alive", "/static/"].map(path => ({
        kind: "http",
        address: host.address,
        port,
        path: `${deployment.baseUrl}${path}`,
        status: [200],
      })),
    },
    reload: { signal: "HUP" },
    check: { argv: ["nginx", "-t", "-q", "-c", file] },
    traffic: proxiesInFront(context, ["static"]),
    version: ["nginx", "-v"],
  };
}

/** Without root nginx keeps the account it has. As root its workers must not stay root. */
function workerAccount(
  { deployment, host }: InstanceContext<NginxSettings>,
  user: string,
): string | undefined {
  if (deployment.transport === "local") return undefined;
  return user === "root" ? "www-data" : user || host.user;
}

/** On `local` whoever is at the keyboard is the account of the workers too, root included: the files are theirs. */
function startWords(transport: "ssh" | "local", file: string): string[] {
  if (transport === "ssh") return ["nginx", "-c", file];
  return ["sh", "-c", 'exec nginx -c "$1" -g "user $(id -un) $(id -gn);"', "sh", file];
}

function page(folder: string, site: string): RenderedFile {
  const title = site.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const text = `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>${title}</title></head>
  <body><h1>${title}</h1><p>This page is here until the site has its own.</p></body>
</html>
`;
  return { path: `${folder}/index.html`, content: [text], mode: 0o644 };
}
