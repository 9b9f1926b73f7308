import type { ExitCode } from "../../base/exit-code.ts";
import { foldNames } from "../../base/host-ranges.ts";
import { expandProblems } from "../../cassandra/grow/join-rule.ts";
import { nodesOf } from "../../services/cassandra/ring.ts";
import { planExpand } from "../../services/planners/grow/expand.ts";
import type { CommandContext } from "../model.ts";
import { changeRing, refuse, requestOf, requireOwnCensus, type ChangeOptions } from "./change-ring.ts";
import { lookAtNewNodes, lookOf } from "./look.ts";
import { isMember, namedNodes } from "./words.ts";

/** Options of `smc expand`. */
export interface ExpandOptions extends ChangeOptions {
  /** `--no-cleanup` makes it false. */
  cleanup?: boolean;
}

/** `smc expand [host…]`: the nodes of the services file that the ring has not join it, one after the other. */
export function expand(context: CommandContext<ExpandOptions>, words: readonly string[]): Promise<ExitCode> {
  const cleanup = context.options.cleanup !== false;
  return changeRing(context, async change => {
    const { ring, site } = change;
    const absent = nodesOf(site.deployment).filter(({ host }) => !isMember(ring, host));
    requireOwnCensus(change, { absent: absent.map(({ host }) => host) });
    const named = namedNodes(site, words);
    const joining = named.filter(({ host }) => !isMember(ring, host));
    const hosts = joining.map(({ host }) => host);
    if (joining.length === 0) {
      const members = foldNames(named.map(({ host }) => host));
      return { unchanged: `the ring has every node that was named: ${members}` };
    }
    refuse("join the ring", hosts, expandProblems(ring, await lookAtNewNodes(lookOf(change), joining)));
    const later = "smc cleanup  lets the others drop what the new nodes took over";
    return {
      plan: planExpand(requestOf(change, joining), { ring, cleanup }),
      text: `${foldNames(hosts)} ${hosts.length === 1 ? "joins" : "join"} a ring of ${ring.nodes.filter(node => isMember(ring, node.host)).length}\n`,
      json: { joining: hosts },
      question: `This lets ${foldNames(hosts)} join the ring of ${site.deployment.name}.`,
      next: cleanup ? [] : [later],
    };
  });
}
