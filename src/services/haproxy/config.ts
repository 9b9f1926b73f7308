import type { Milliseconds } from "../../base/units.ts";
import type { Backends, BackendServer } from "./backends.ts";

/** Everything that the configuration of one haproxy says. */
export interface HaproxyConfig {
  /** Lines of `bind`, without the word. */
  binds: readonly string[];
  redirect: { bind: string; to: string } | undefined;
  adminSocket: string;
  /** Who may use the sockets, as options of `bind`; empty: whoever runs haproxy. */
  socketOwner: string;
  /** Master as root: the workers change to this account. */
  dropTo: string | undefined;
  baseUrl: string;
  backends: Backends;
  serverTimeout: Milliseconds;
  tunnelTimeout: Milliseconds;
}

/** The paths of the site that hubs answer. */
const HUB_PATHS = ["/hub", "/cookies", "/blobs", "/upload", "/alive", "/stats"];
const PROJECT_PATH = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/(port|raw)(/|$)";

/** Writes the configuration (haproxy 2.6, Configuration Manual). The same input always gives the same bytes. */
export function haproxyConfig(config: HaproxyConfig): string {
  const { backends } = config;
  return [
    "# Written by smc; a change made here is lost at the next start.",
    globalSection(config),
    defaultsSection(config),
    frontendSection(config),
    ...(config.redirect === undefined ? [] : [redirectSection(config.redirect)]),
    ...(backends.hub.length === 0 ? [] : [programSection(config, "hub"), programSection(config, "proxy")]),
    ...(backends.static.length === 0 ? [] : [staticSection(config)]),
    "",
  ].join("\n\n");
}

function globalSection({ adminSocket, socketOwner, dropTo }: HaproxyConfig): string {
  return section("global", [
    "log stdout format raw daemon notice",
    `stats socket ${adminSocket} mode 660 level admin${socketOwner}`,
    "stats timeout 1m",
    "hard-stop-after 2m",
    ...(dropTo === undefined ? [] : [`user ${dropTo}`, `group ${dropTo}`]),
  ]);
}

/**
 * A request goes to another server at once when one cannot be reached. It also does when a server breaks off without a
 * word, but only where repeating does no harm (RFC 9110, section 9.2.2). A reload leaves a client's idle connection open
 * for one more answer, which asks it to close: cut without a word, it would meet the client's next request.
 */
function defaultsSection(config: HaproxyConfig): string {
  return section("defaults", [
    "mode http",
    "log global",
    "option httplog",
    "option dontlognull",
    "option log-separate-errors",
    "option idle-close-on-response",
    "option forwardfor",
    "option redispatch 1",
    "retries 3",
    "retry-on conn-failure empty-response",
    "timeout connect 5s",
    "timeout client 120s",
    "timeout http-request 30s",
    "timeout http-keep-alive 60s",
    "timeout queue 30s",
    "timeout check 5s",
    `timeout server ${config.serverTimeout}ms`,
    `timeout tunnel ${config.tunnelTimeout}ms`,
    "default-server check inter 2s fastinter 500ms downinter 1s fall 3 rise 1",
  ]);
}

function frontendSection({ binds, baseUrl, backends }: HaproxyConfig): string {
  const hubPaths = HUB_PATHS.map(path => `${baseUrl}${path}`);
  const hubLines = [
    `acl to_hub path ${hubPaths.join(" ")}`,
    `acl to_hub path_beg ${hubPaths.map(path => `${path}/`).join(" ")}`,
    `acl to_proxy path_reg ^${baseUrl.replaceAll(".", String.raw`\.`)}/${PROJECT_PATH}`,
    "use_backend proxy if to_proxy",
    "use_backend hub if to_hub",
  ];
  return section("frontend site", [
    ...binds.map(bind => `bind ${bind}`),
    "acl may_repeat method GET HEAD OPTIONS PUT DELETE",
    "http-request disable-l7-retry unless may_repeat",
    ...(backends.hub.length === 0 ? [] : hubLines),
    `default_backend ${backends.static.length === 0 ? "hub" : "static"}`,
  ]);
}

function redirectSection({ bind, to }: { bind: string; to: string }): string {
  return section("frontend redirect", [`bind ${bind}`, `http-request redirect prefix ${to} code 301`]);
}

/** One cookie for both ports of the hubs, so that a browser stays with one hub; the name tells sites on one address apart. */
function programSection({ baseUrl, backends }: HaproxyConfig, name: "hub" | "proxy"): string {
  const cookie = `SERVERID${baseUrl.replaceAll(/\W+/g, "_")}`;
  return section(`backend ${name}`, [
    "balance leastconn",
    `cookie ${cookie} insert indirect nocache httponly`,
    `option httpchk GET ${baseUrl}/alive`,
    "http-check expect status 200",
    ...backends[name].map(server => `${serverLine(server)} cookie ${server.name}`),
  ]);
}

function staticSection({ baseUrl, backends }: HaproxyConfig): string {
  return section("backend static", [
    "balance leastconn",
    `option httpchk GET ${baseUrl}/alive`,
    "http-check expect status 200",
    ...backends.static.map(serverLine),
  ]);
}

function serverLine({ name, address, port }: BackendServer): string {
  return `server ${name} ${address}:${port}`;
}

function section(title: string, lines: readonly string[]): string {
  return [title, ...lines.map(line => `    ${line}`)].join("\n");
}
