import type { ExitCode } from "../../base/exit-code.ts";
import { foldNames } from "../../base/host-ranges.ts";
import { unsteadiness } from "../../cassandra/grow/steady.ts";
import { cleanupWaves } from "../../cassandra/grow/cleanup-waves.ts";
import { planCleanup } from "../../services/planners/grow/cleanup.ts";
import type { CommandContext } from "../model.ts";
import { changeRing, refuse, requestOf, requireOwnCensus, type ChangeOptions } from "./change-ring.ts";
import { namedNodes } from "./words.ts";

/** `smc cleanup [host…]`: nodes drop what they do not hold any more. */
export function cleanup(context: CommandContext<ChangeOptions>, words: readonly string[]): Promise<ExitCode> {
  return changeRing(context, change => {
    const { ring, site } = change;
    requireOwnCensus(change, {});
    const nodes = namedNodes(site, words);
    const hosts = nodes.map(({ host }) => host);
    refuse("be cleaned up", hosts, unsteadiness(ring));
    const waves = cleanupWaves(ring, hosts);
    return Promise.resolve({
      plan: planCleanup(requestOf(change, nodes), ring),
      text: waves.map((wave, index) => `wave ${index + 1}: ${foldNames(wave)}\n`).join(""),
      json: { waves },
      question: `This cleans up ${foldNames(hosts)} of ${site.deployment.name}.`,
      next: [],
    });
  });
}
