import type { Probe } from "../../plan/model.ts";
import { describeEnd, hasAnswered, outputTail } from "../command-failure.ts";
import { holderOf, LISTENING_COMMAND, readListening } from "../listening.ts";
import type { Prober } from "../registry.ts";
import { runOptions } from "../run-options.ts";
import { excerpt } from "./excerpt.ts";

/** The exit code of a shell for a program that is not there; timeout(1) has it too. */
const NOT_THERE = 127;

/** Holds when nobody listens where the program is to listen. A host that cannot list its sockets is not looked at. */
export const ports: Prober<Extract<Probe, { kind: "ports" }>> = async (probe, context) => {
  const result = await context.connection.run(LISTENING_COMMAND, runOptions(context, probe.runAs));
  if (!hasAnswered(result)) return { holds: "unknown", evidence: describeEnd(result) };
  if (result.end.kind === "exited" && result.end.code === NOT_THERE)
    return { holds: "yes", evidence: "nobody looked: there is no ss (Debian package iproute2)" };
  const sockets = result.ok ? readListening(result.stdout) : { unread: excerpt(outputTail(result), context) };
  if ("unread" in sockets) return { holds: "unknown", evidence: `ss answered ${sockets.unread}` };
  const taken = probe.free.flatMap(wanted => {
    const holder = holderOf(sockets, wanted);
    if (holder === undefined) return [];
    return [
      `${wanted.address}:${wanted.port} is taken by ${holder.program ?? "another user\u2019s program"}`,
    ];
  });
  if (taken.length > 0) return { holds: "no", final: true, evidence: taken.join(", ") };
  return { holds: "yes", evidence: probe.free.map(({ port }) => port).join(", ") };
};
