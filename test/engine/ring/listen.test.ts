import { describe, expect, it } from "vitest";
import type { GossipPeer } from "../../../src/cassandra/ring-view.ts";
import { silentSince } from "../../../src/cassandra/ring-view.ts";
import { HeardGossip } from "../../../src/engine/ring/heard.ts";
import { listen } from "../../../src/engine/ring/listen.ts";

const ENDPOINT = { address: "10.0.0.1", port: 9042, logins: [] };

describe("listen", () => {
  it("looks until heartbeats have grown since the first look", async () => {
    const { looks, heard } = await listened([7, 7, 8]);
    expect([looks, heard.gossip[0]?.heartbeat]).toEqual([3, 8]);
  });

  it("looks once where they have grown since an earlier look that it is given", async () => {
    const { looks, heard } = await listened([8], [beating(7)]);
    expect([looks, heard.earlier[0]?.heartbeat]).toEqual([1, 7]);
  });

  it("goes on from the earlier look where nothing has come since, and ends at its deadline", async () => {
    const { looks, heard } = await listened([7, 7, 7, 7, 7, 7], [beating(7)], 400);
    expect([looks > 1, silentSince(heard.earlier, heard.gossip)]).toEqual([true, ["10.0.0.2"]]);
  });
});

describe("HeardGossip", () => {
  it("has what a node told for three seconds, and nothing of another node", () => {
    let now = 1000;
    const heard = new HeardGossip(() => now);
    expect(heard.note(ENDPOINT, [beating(7)])).toEqual([beating(7)]);
    now += 2000;
    heard.note(ENDPOINT, [beating(9)]);
    now += 1000;
    expect(heard.recent(ENDPOINT)).toEqual([beating(7)]);
    expect(heard.recent({ ...ENDPOINT, port: 9043 })).toBeUndefined();
    now += 1;
    expect(heard.recent(ENDPOINT)).toEqual([beating(9)]);
    now += 2000;
    expect(heard.recent(ENDPOINT)).toBeUndefined();
  });
});

async function listened(heartbeats: readonly number[], since?: readonly GossipPeer[], limit = 60_000) {
  let looks = 0;
  const heard = await listen({
    look: () => Promise.resolve([beating(heartbeats[looks++] ?? Number.NaN)]),
    since,
    enough: ({ earlier, gossip }) => silentSince(earlier, gossip).length === 0,
    signal: new AbortController().signal,
    deadline: Date.now() + limit,
  });
  return { looks, heard };
}

function beating(heartbeat: number): GossipPeer {
  return {
    address: "10.0.0.2",
    generation: 1,
    heartbeat,
    status: "NORMAL",
    schema: undefined,
    release: undefined,
  };
}
