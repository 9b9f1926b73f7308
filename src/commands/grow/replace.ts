import type { ExitCode } from "../../base/exit-code.ts";
import type { HostName } from "../../base/names.ts";
import { OperatorError } from "../../base/operator-error.ts";
import { replaceProblems } from "../../cassandra/grow/join-rule.ts";
import type { RingNode } from "../../cassandra/ring/model.ts";
import type { Instance } from "../../inventory/model.ts";
import { planReplace } from "../../services/planners/grow/replace.ts";
import type { CommandContext } from "../model.ts";
import {
  changeRing,
  refuse,
  requestOf,
  requireOwnCensus,
  type ChangeOptions,
  type RingChange,
} from "./change-ring.ts";
import { lookAtNewNodes, lookOf } from "./look.ts";
import { isMember, namedNodes } from "./words.ts";

/** `smc replace DEAD NEW`: a node takes the place of one that is dead; both words may name the same host. */
export function replace(
  context: CommandContext<ChangeOptions>,
  deadWord: string,
  newWord: string,
): Promise<ExitCode> {
  return changeRing(context, async change => {
    const { ring, site } = change;
    const dead = deadNode(change, deadWord);
    const instance = newNode(change, newWord);
    if (instance.host !== dead.host && isMember(ring, instance.host)) {
      throw new OperatorError(`the ring has that node already: ${instance.host}`, {
        code: "SELECTION_EMPTY",
        hint: "smc ring  shows who is in it",
      });
    }
    requireOwnCensus(change, { absent: [instance.host], unknown: [dead.host] });
    const [joining] = await lookAtNewNodes(lookOf(change), [instance]);
    if (joining !== undefined)
      refuse(`take the place of ${dead.host}`, [instance.host], replaceProblems(ring, dead, joining));
    return {
      plan: planReplace(requestOf(change, [instance]), { ring, dead, instance }),
      text: `${instance.host} takes the place of ${dead.host} (${dead.address})\n`,
      json: { dead: dead.host, replacement: instance.host },
      question: `This replaces ${dead.host} in the ring of ${site.deployment.name}; it can never come back.`,
      next: nextSteps(dead.host, instance.host),
    };
  });
}

function nextSteps(dead: HostName, joined: HostName): string[] {
  const repair =
    "smc repair --rolling  if the dead node was away for longer than max_hint_window (3 hours unless it was changed)";
  if (dead === joined) return [repair];
  return [repair, `take ${dead} out of cassandra in the services file, and never start it again`];
}

function deadNode({ ring }: RingChange, word: string): RingNode {
  const found = ring.nodes.find(({ host, address }) => word === host || word === address);
  if (found !== undefined) return found;
  throw new OperatorError(`the ring has no node ${word}`, {
    code: "HOST_UNKNOWN",
    hint: `its nodes are ${ring.nodes.map(({ host }) => host).join(", ")}`,
  });
}

function newNode({ site }: RingChange, word: string): Instance {
  const [instance, ...more] = namedNodes(site, [word]);
  if (instance !== undefined && more.length === 0) return instance;
  throw new OperatorError("one node takes the place of one: name a single host", { code: "USAGE" });
}
