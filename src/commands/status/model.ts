import type { HostName, InstanceName, ServiceName } from "../../base/names.ts";
import type { Bytes } from "../../base/units.ts";

/** What one instance is, as it was seen. */
export interface InstanceStatus {
  instance: InstanceName;
  service: ServiceName;
  host: HostName;
  role: string | undefined;
  /**
   * `starting`: the program runs and does not serve. `not serving`: it does not either, though the time that it has to be ready is
   * over, as a node of Cassandra that closed its doors when its disk was full, or one that joins the ring for hours. `unknown`: the host or
   * the program could not be asked, as when it refuses the login of smc; never taken for stopped, nor for starting.
   */
  state: "running" | "starting" | "not serving" | "stopped" | "failed" | "unknown";
  /** Milliseconds since the epoch. */
  since: number | undefined;
  pid: number | undefined;
  memory: Bytes | undefined;
  version: string | undefined;
  /** Of a ring: what this node sees of it. */
  ring: string | undefined;
  /** Why it is not running, or not known. */
  detail: string | undefined;
}
