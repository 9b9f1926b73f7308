import type { Milliseconds } from "../../base/units.ts";
import type { GossipPeer } from "../../cassandra/ring-view.ts";
import type { CqlEndpoint } from "../../plan/model.ts";

/** Three heartbeats: what gossip needs to carry one through a ring is longer than that. */
const NEWS: Milliseconds = 3000;

interface Told {
  at: Milliseconds;
  gossip: readonly GossipPeer[];
}

/**
 * What each node told of the heartbeats that it hears, in the last three seconds. Who looks again need not listen anew for a second to
 * see them grow.
 */
export class HeardGossip {
  readonly #told = new Map<string, readonly Told[]>();
  readonly #now: () => Milliseconds;

  constructor(now: () => Milliseconds = Date.now) {
    this.#now = now;
  }

  /** Keeps what the node at `endpoint` told, and gives it. */
  note(endpoint: CqlEndpoint, gossip: readonly GossipPeer[]): readonly GossipPeer[] {
    this.#told.set(nameOf(endpoint), [...this.#recent(endpoint), { at: this.#now(), gossip }]);
    return gossip;
  }

  /** The first that the node at `endpoint` told within three seconds: what is older does not say who lives now. */
  recent(endpoint: CqlEndpoint): readonly GossipPeer[] | undefined {
    return this.#recent(endpoint)[0]?.gossip;
  }

  #recent(endpoint: CqlEndpoint): readonly Told[] {
    const told = this.#told.get(nameOf(endpoint)) ?? [];
    return told.filter(({ at }) => this.#now() - at <= NEWS);
  }
}

function nameOf({ address, port }: CqlEndpoint): string {
  return `${address} ${port}`;
}
