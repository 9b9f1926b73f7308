import { compact, samePlain } from "../plain.ts";
import { commonSettings, hostsOfServers, readBaseUrl } from "./common.ts";
import type { Translate, TranslateContext } from "./context.ts";
import type { OptionReader } from "./options.ts";

const SERVER_LISTS = ["hub_servers", "proxy_servers", "nginx_servers"];

/** `[haproxy]` */
export const translateHaproxy: Translate = (options, { host }, context) => {
  const { facts } = context;
  const common = commonSettings(options, "haproxy", context);
  readBaseUrl(options, context);
  const site = options.text("sitename");
  if (site !== undefined) facts.sites.push(site);
  const redirect = options.port("insecure_redirect_port");
  const testing = options.port("insecure_testing_port");
  const settings = compact({
    ...common,
    redirect_http: redirect === undefined ? undefined : true,
    insecure_testing_port: testing,
    backends: readBackends(options, host.name, context),
  });
  const ports = { haproxy: options.port("accept_proxy_port") ?? 8000 };
  return { settings, ports: redirect === undefined ? ports : { ...ports, http_redirect: redirect } };
};

/** `[stunnel]` */
export const translateStunnel: Translate = (options, _, context) => {
  const settings = commonSettings(options, "stunnel", context);
  // Where it sends to is haproxy, which has its own row.
  options.ignore("connect_port");
  return { settings, ports: { stunnel: options.port("accept_port") ?? 443 } };
};

/** `[nginx]` */
export const translateNginx: Translate = (options, _, context) => {
  const settings = commonSettings(options, "nginx", context);
  readBaseUrl(options, context);
  return { settings, ports: { nginx: options.port("port") ?? 8080 } };
};

/** smc has one list for hubs and nginx; the old rows had three, of the same hosts. */
function readBackends(
  options: OptionReader,
  host: string,
  { queries, notes }: TranslateContext,
): readonly string[] | undefined {
  const given = SERVER_LISTS.map(name => options.value(name)).filter(value => value !== undefined);
  const lists = given.map(value => hostsOfServers(value, queries)?.toSorted());
  const [first] = lists;
  if (first !== undefined && lists.every(list => samePlain(list, first))) return first;
  if (given.length > 0)
    notes.dropped("servers of its own", { host, why: "left out, smc has one list of hosts for all of them" });
  return undefined;
}
