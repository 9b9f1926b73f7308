import type { Milliseconds } from "../../base/units.ts";
import type { GossipPeer } from "../../cassandra/ring-view.ts";
import type { CqlEndpoint } from "../../plan/model.ts";

/** Three heartbeats: what gossip needs to carry one through a ring is longer than that. */
const NEWS: Milliseconds = 3000;

/**
 * What each node told last of the heartbeats that it hears. Who looks again within three seconds need not listen anew for a
 * second to see them grow.
 */
export class HeardGossip {
  readonly #last = new Map<string, { at: Milliseconds; gossip: readonly GossipPeer[] }>();
  readonly #now: () => Milliseconds;

  constructor(now: () => Milliseconds = Date.now) {
    this.#now = now;
  }

  /** Keeps what the node at `endpoint` told, and gives it. */
  note(endpoint: CqlEndpoint, gossip: readonly GossipPeer[]): readonly GossipPeer[] {
    this.#last.set(nameOf(endpoint), { at: this.#now(), gossip });
    return gossip;
  }

  /** What the node at `endpoint` told, unless that is too long ago to say who lives now. */
  recent(endpoint: CqlEndpoint): readonly GossipPeer[] | undefined {
    const last = this.#last.get(nameOf(endpoint));
    return last === undefined || this.#now() - last.at > NEWS ? undefined : last.gossip;
  }
}

function nameOf({ address, port }: CqlEndpoint): string {
  return `${address} ${port}`;
}
