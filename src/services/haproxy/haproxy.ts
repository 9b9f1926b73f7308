import { OperatorError } from "../../base/operator-error.ts";
import type { Probe } from "../../plan/model.ts";
import type { InstanceContext, RenderedInstance, ServiceDescription } from "../model.ts";
import { isOn } from "../peers.ts";
import { accountOf, placesOf, portOf } from "../places.ts";
import { backendsOf, type Backends } from "./backends.ts";
import { haproxyConfig } from "./config.ts";
import { haproxySettings, type HaproxySettings } from "./settings.ts";
import { adminSocket } from "./traffic.ts";
import { ownPort } from "../fields.ts";

/**
 * The front of the site. Beside its ports it listens on a socket file in its run folder that speaks plain http: a probe
 * can then send a real request through it, also where the port expects the PROXY protocol of stunnel.
 */
export const haproxy: ServiceDescription<HaproxySettings> = {
  name: "haproxy",
  summary: "the front of the site: sends requests to the hubs and to nginx",
  settings: haproxySettings,
  ports: ({ haproxy, http_redirect: redirect }, { id, settings }) => ({
    haproxy: ownPort(settings, id) ?? haproxy,
    ...(settings.redirect_http ? { http_redirect: redirect } : {}),
    ...(settings.insecure_testing_port === undefined
      ? {}
      : { insecure_testing: settings.insecure_testing_port }),
  }),
  hostLists: ["backends"],
  needs: ["hub", "nginx"],
  oneAtATime: false,
  render,
};

/** `sun_path` has 108 bytes (unix(7)), and haproxy adds a suffix while it binds. */
const LONGEST_SOCKET_PATH = 96;

function render(context: InstanceContext<HaproxySettings>): RenderedInstance {
  const { deployment, host, instance, settings, folders } = context;
  const places = placesOf(context, instance);
  const backends = backendsOf(context, settings.backends);
  const sockets = { admin: adminSocket(places.run), http: `${places.run}/http.sock` };
  refuseImpossible(context, { backends, longest: sockets.admin });
  const user = accountOf(deployment, settings.run_as);
  const file = `${folders.config}/haproxy.cfg`;
  const socketOwner = user === "root" && host.user !== "root" ? ` user ${host.user}` : "";
  const edge = edgeOf(context);
  const config = haproxyConfig({
    binds: [...edge.binds, `unix@${sockets.http} mode 660${socketOwner}`],
    redirect: edge.redirect,
    adminSocket: sockets.admin,
    socketOwner,
    dropTo: user === "root" ? "haproxy" : undefined,
    baseUrl: deployment.baseUrl,
    backends,
    serverTimeout: settings.server_timeout,
    tunnelTimeout: settings.tunnel_timeout,
  });
  return {
    software: { kind: "packages", packages: ["haproxy"], ownUnits: ["haproxy.service"], binary: "haproxy" },
    folders: [
      { path: folders.config, mode: 0o750 },
      { path: places.run, mode: 0o755 },
      { path: places.logFolder, mode: 0o750 },
    ],
    files: [{ path: file, content: [config], mode: 0o640 }],
    user,
    command: {
      argv: ["haproxy", "-W", "-db", "-f", file, "-p", places.pidFile],
      env: {},
      directory: folders.config,
      limits: settings.limits,
      stopSignal: "TERM",
    },
    log: places.log,
    listens: edge.listens,
    ready: ready(deployment.baseUrl, backends, sockets.http),
    reload: { signal: "USR2" },
    check: { argv: ["haproxy", "-c", "-q", "-f", file] },
    version: ["haproxy", "-v"],
  };
}

function refuseImpossible(
  { deployment, instance }: InstanceContext<HaproxySettings>,
  found: { backends: Backends; longest: string },
): void {
  if (found.backends.hub.length + found.backends.static.length === 0) {
    throw new OperatorError(`${instance.name} has neither a hub nor an nginx to send to`, {
      code: "PEER_UNKNOWN",
      hint: `add hub or nginx to the services of ${deployment.name}`,
    });
  }
  if (Buffer.byteLength(found.longest) <= LONGEST_SOCKET_PATH) return;
  throw new OperatorError(`${found.longest} is too long for a socket: ${LONGEST_SOCKET_PATH} bytes at most`, {
    code: "SOCKET_PATH_TOO_LONG",
    hint: "give smc a state directory with a shorter path",
  });
}

interface Edge {
  binds: string[];
  redirect: { bind: string; to: string } | undefined;
  listens: { address: string; port: number }[];
}

/**
 * Where clients come in. Behind a stunnel on the same host only that one may connect, since whoever can connect may say
 * in the PROXY protocol that he is anybody; without one the address of the host itself is open.
 */
function edgeOf(context: InstanceContext<HaproxySettings>): Edge {
  const { deployment, host, instance, settings } = context;
  const behindStunnel = isOn(context, "stunnel");
  const inner = {
    address: frontAddress(deployment.transport, host.address),
    port: portOf(deployment, instance, "haproxy"),
  };
  const plain = { address: host.address, port: inner.port };
  const testing = settings.insecure_testing_port;
  const listens = [
    behindStunnel ? inner : plain,
    ...(testing === undefined ? [] : [{ address: host.address, port: testing }]),
  ];
  const binds = listens.map(
    ({ address, port }, index) => `${address}:${port}${behindStunnel && index === 0 ? " accept-proxy" : ""}`,
  );
  if (!settings.redirect_http) return { binds, redirect: undefined, listens };
  const open = {
    address: deployment.transport === "local" ? host.address : "0.0.0.0",
    port: portOf(deployment, instance, "http_redirect"),
  };
  const https = deployment.ports.stunnel === 443 ? "" : `:${deployment.ports.stunnel}`;
  return {
    binds,
    redirect: { bind: `${open.address}:${open.port}`, to: `https://${deployment.site}${https}` },
    listens: [...listens, open],
  };
}

/** Where stunnel hands over to haproxy: loopback, which on `local` is the address of each "host" already. */
export function frontAddress(transport: "ssh" | "local", address: string): string {
  return transport === "local" ? address : "127.0.0.1";
}

/** A request to every kind of server that is behind it must come back well. */
function ready(baseUrl: string, backends: Backends, socket: string): Probe {
  const paths = [
    ...(backends.hub.length === 0 ? [] : [`${baseUrl}/alive`]),
    ...(backends.static.length === 0 ? [] : [`${baseUrl}/static/`]),
  ];
  return {
    kind: "all",
    probes: paths.map(path => ({
      kind: "socket",
      socket,
      send: `GET ${path} HTTP/1.0\r\n\r\n`,
      expect: String.raw`^HTTP/1\.[01] 200 `,
    })),
  };
}
