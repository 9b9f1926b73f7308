import { quoteForShell } from "../base/shell.ts";
import { formatDuration } from "../base/units.ts";
import type { Probe } from "./model.ts";

/** A probe in words that follow "until" and "unless": `127.0.0.1:9042 accepts connections`. */
export function describeProbe(probe: Probe): string {
  switch (probe.kind) {
    case "unit":
      return `${probe.unit.name} is ${probe.state}${probe.not === undefined ? "" : " anew"}`;
    case "command":
      return `${quoteForShell(probe.argv)} succeeds${probe.stdout === undefined ? "" : ` with output like ${probe.stdout}`}`;
    case "tcp":
      return `${probe.address}:${probe.port} accepts connections`;
    case "http":
      return `http://${probe.address}:${probe.port}${probe.path} answers ${probe.status.join(" or ")}`;
    case "cql":
      return `${probe.endpoint.address}:${probe.endpoint.port} answers ${probe.query} at ${probe.consistency}`;
    case "ring":
      return `${probe.endpoint.address} sees all ${probe.nodes} nodes of the ring up and agreed on the schema`;
    case "newest":
      return `the newest file in ${probe.folder} is at most ${formatDuration(probe.maxAge)} old`;
    case "ports":
      return `nobody listens at ${probe.free.map(({ address, port }) => `${address}:${port}`).join(", ")}`;
    case "socket":
      return `${probe.socket} answers ${probe.send} with ${probe.expect}`;
    case "all":
      return probe.probes.map(describeProbe).join(" and ");
    default:
      return probe satisfies never;
  }
}
