import type { Probe } from "../../plan/model.ts";
import { frontAddress } from "../haproxy/haproxy.ts";
import type { InstanceContext, RenderedInstance, ServiceDescription } from "../model.ts";
import { accountOf, placesOf, portOf } from "../places.ts";
import { stunnelSettings, type StunnelSettings } from "./settings.ts";
import { ownPort } from "../fields.ts";

/** TLS in front of haproxy, to which it tells the client's address by the PROXY protocol. */
export const stunnel: ServiceDescription<StunnelSettings> = {
  name: "stunnel",
  summary: "TLS in front of haproxy",
  settings: stunnelSettings,
  ports: ({ stunnel }, { id, settings }) => ({ stunnel: ownPort(settings, id) ?? stunnel }),
  needs: ["haproxy"],
  oneAtATime: false,
  render,
};

function render(context: InstanceContext<StunnelSettings>): RenderedInstance {
  const { deployment, host, instance, settings, folders } = context;
  const places = placesOf(context, instance);
  const open = {
    address: deployment.transport === "local" ? host.address : "0.0.0.0",
    port: portOf(deployment, instance, "stunnel"),
  };
  const file = `${folders.config}/stunnel.conf`;
  const certificate = `${folders.config}/certificate.pem`;
  const config = stunnelConfig({
    certificate,
    pidFile: places.pidFile,
    accept: `${open.address}:${open.port}`,
    connect: `${frontAddress(deployment.transport, host.address)}:${deployment.ports.haproxy}`,
  });
  return {
    software: {
      kind: "packages",
      packages: ["stunnel4", "openssl"],
      ownUnits: ["stunnel4.service"],
      binary: "stunnel",
    },
    folders: [folders.config, places.run, places.logFolder].map(path => ({ path, mode: 0o750 })),
    files: [
      { path: certificate, content: [settings.certificate], mode: 0o600 },
      { path: file, content: [config], mode: 0o640 },
    ],
    user: accountOf(deployment, settings.run_as),
    command: {
      argv: ["stunnel", file],
      env: {},
      directory: folders.config,
      limits: settings.limits,
      stopSignal: "TERM",
    },
    log: places.log,
    listens: [open],
    ready: ready(`${host.address}:${open.port}`, deployment.baseUrl),
    reload: { signal: "HUP" },
    version: ["stunnel", "-version"],
  };
}

/** stunnel(8), version 5.68. Messages go to standard error, which is the log of the unit. */
function stunnelConfig(config: {
  certificate: string;
  pidFile: string;
  accept: string;
  connect: string;
}): string {
  return [
    "; Written by smc; a change made here is lost at the next start.",
    "foreground = yes",
    "syslog = no",
    "debug = notice",
    `pid = ${config.pidFile}`,
    "",
    "[https]",
    `accept = ${config.accept}`,
    `connect = ${config.connect}`,
    "protocol = proxy",
    `cert = ${config.certificate}`,
    "sslVersionMin = TLSv1.2",
    "TIMEOUTclose = 0",
    "TIMEOUTidle = 43200",
    "",
  ].join("\n");
}

/** A request over TLS that a hub answers, by way of haproxy. Who the certificate is for is not looked at here. */
function ready(at: string, baseUrl: string): Probe {
  const request = String.raw`printf 'GET %s/alive HTTP/1.0\r\n\r\n' "$2"`;
  const client = 'timeout 10 openssl s_client -connect "$1" -quiet -ign_eof 2>/dev/null';
  return {
    kind: "command",
    argv: ["sh", "-c", `${request} | ${client}`, "sh", at, baseUrl],
    stdout: String.raw`^HTTP/1\.[01] 200 `,
  };
}
