import { OperatorError } from "../../base/operator-error.ts";
import type { Probe } from "../../plan/model.ts";
import { commandWords, fill, type Values } from "../template.ts";
import type { CustomSettings } from "./settings.ts";

interface ReadySource {
  ready: CustomSettings["ready"];
  address: string;
  ports: Readonly<Record<string, number>>;
  values: Values;
}

/** Everything that `ready:` asks for, all of which must hold; nothing but the running process where it asks for nothing. */
export function readyProbe(source: ReadySource): Probe {
  const { ready, address, values } = source;
  const probes: Probe[] = [];
  if (ready.http !== undefined) {
    probes.push({
      kind: "http",
      address,
      port: portNamed(source, ready.port),
      path: fill(ready.http, values),
      status: ready.status ?? [200],
      ...(ready.body === undefined ? {} : { body: ready.body }),
    });
  }
  if (ready.tcp !== undefined) probes.push({ kind: "tcp", address, port: portNamed(source, ready.tcp) });
  if (ready.command !== undefined)
    probes.push({ kind: "command", argv: commandWords(ready.command, values) });
  if (ready.newest !== undefined) {
    const { folder, max_age: maxAge } = ready.newest;
    probes.push({ kind: "newest", folder: fill(folder, values), maxAge });
  }
  return { kind: "all", probes };
}

function portNamed({ ports }: ReadySource, name: string | undefined): number {
  const port = name === undefined ? Object.values(ports)[0] : ports[name];
  if (port !== undefined) return port;
  throw new OperatorError(
    `\`ready:\` asks on ${name === undefined ? "a port" : `the port "${name}"`}, and there is none`,
    {
      code: "PORT_UNKNOWN",
      hint: "name it in the `ports:` of the service",
    },
  );
}
