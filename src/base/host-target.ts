import type { HostName } from "./names.ts";
import type { Milliseconds } from "./units.ts";

/** How to reach one host. `local` runs on this machine, without ssh. */
export interface HostTarget {
  name: HostName;
  kind: "ssh" | "local";
  /** The address to connect to, unless ~/.ssh/config names another for `name`. */
  address: string;
  port: number;
  /** The login user; empty means the one that ssh itself would take. */
  user: string;
  /** The connect timeout of this host, handshake and login included. */
  connectTimeout: Milliseconds;
  hostKeys: "strict" | "accept-new";
}
