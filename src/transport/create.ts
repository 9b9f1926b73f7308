import type { HostTarget } from "../base/host-target.ts";
import { createLocalConnection } from "./local.ts";
import type { Connection, Transport } from "./model.ts";

/** All hosts of one run, each reached as its target says. */
export function createTransport(): Transport {
  const connections = new Map<string, Connection>();
  return {
    connection(target) {
      const key = JSON.stringify(target);
      const known = connections.get(key);
      if (known !== undefined) return known;
      const connection = open(target);
      connections.set(key, connection);
      return connection;
    },
    close: () => Promise.resolve(),
  };
}

function open(target: HostTarget): Connection {
  if (target.kind === "local") return createLocalConnection(target);
  throw new Error("ssh is not there yet");
}
