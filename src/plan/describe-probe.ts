import { foldNames } from "../base/host-ranges.ts";
import { quoteForShell } from "../base/shell.ts";
import { formatDuration } from "../base/units.ts";
import type { Probe } from "./model.ts";

/** A probe in words that follow "until" and "unless": `127.0.0.1:9042 accepts connections`. */
export function describeProbe(probe: Probe): string {
  switch (probe.kind) {
    case "unit":
      return `${probe.unit.name} is ${probe.state}${describeStart(probe)}`;
    case "command":
      return `${quoteForShell(probe.argv)} succeeds${probe.stdout === undefined ? "" : ` with output like ${probe.stdout}`}`;
    case "tcp":
      return `${probe.address}:${probe.port} accepts connections`;
    case "http":
      return `http://${probe.address}:${probe.port}${probe.path} answers ${probe.status.join(" or ")}`;
    case "cql":
      return `${probe.endpoint.address}:${probe.endpoint.port} answers ${probe.query} at ${probe.consistency}`;
    case "ring":
      return `${probe.endpoint.address} sees ${describeRing(probe)} of the ring up and agreed on the schema`;
    case "streamed":
      return describeProbe(probe.until);
    case "no-repair":
      return `no repair is under way on ${probe.endpoint.address}`;
    case "layout":
      return `${probe.endpoint.address} knows the ring, and the replicas of ${probe.keyspace}, as they were planned for`;
    case "newest":
      return `the newest file in ${probe.folder} is at most ${formatDuration(probe.maxAge)} old`;
    case "ports":
      return `nobody listens at ${probe.free.map(({ address, port }) => `${address}:${port}`).join(", ")}`;
    case "socket":
      return `${probe.socket} answers ${probe.send} with ${probe.expect}`;
    case "all":
      return probe.probes
        .map(describeProbe)
        .filter(text => text !== "")
        .join(" and ");
    case "any":
      return probe.probes.map(describeProbe).join(" or ");
    case "everywhere":
      return describeEverywhere(probe);
    default:
      return probe satisfies never;
  }
}

function describeStart({ not, is }: Extract<Probe, { kind: "unit" }>): string {
  return `${not === undefined ? "" : " anew"}${is === undefined ? "" : " as before"}`;
}

function describeRing({ nodes, away = [] }: Extract<Probe, { kind: "ring" }>): string {
  return away.length === 0
    ? `all ${nodes} nodes`
    : `the ${nodes - away.length} other nodes than ${away.join(", ")}`;
}

/** The question is the same on every host but for the place, so one of them stands for all. */
function describeEverywhere({ asked }: Extract<Probe, { kind: "everywhere" }>): string {
  const [first] = asked;
  if (first === undefined) return "nobody is asked";
  const question = describeProbe(first.probe);
  return asked.length === 1
    ? question
    : `${foldNames(asked.map(({ host }) => host))} each answer yes: ${question}`;
}
