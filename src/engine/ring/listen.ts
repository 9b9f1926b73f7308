import type { Milliseconds } from "../../base/units.ts";
import type { GossipPeer } from "../../cassandra/ring-view.ts";
import { pause } from "../deadline.ts";

const LOOK_AGAIN_AFTER: Milliseconds = 100;
/** A heartbeat a second, and some seconds more until gossip has carried it through a large ring. */
const LONGEST_SILENCE: Milliseconds = 8000;

/** Two looks at the gossip of a ring. */
export interface Heard {
  earlier: readonly GossipPeer[];
  gossip: readonly GossipPeer[];
}

interface Listening {
  /** Asks a node once for what it hears. */
  look: () => Promise<readonly GossipPeer[]>;
  /** An earlier look, from which on heartbeats grow; absent: the first one now. */
  since?: readonly GossipPeer[] | undefined;
  enough: (heard: Heard) => boolean;
  signal: AbortSignal;
  /** Milliseconds since the epoch. */
  deadline: number;
}

/** Looks at what a node hears by gossip until that is enough, or for eight seconds. */
export async function listen({ look, since, enough, signal, deadline }: Listening): Promise<Heard> {
  const end = Math.min(Date.now() + LONGEST_SILENCE, deadline - LOOK_AGAIN_AFTER);
  let earlier = since;
  for (;;) {
    const gossip = await look();
    earlier ??= gossip;
    const heard = { earlier, gossip };
    if (enough(heard) || Date.now() >= end || signal.aborted) return heard;
    await pause(LOOK_AGAIN_AFTER, signal);
  }
}
