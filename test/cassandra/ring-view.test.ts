import { describe, expect, it } from "vitest";
import { judgeRing, readGossip, type GossipPeer } from "../../src/cassandra/ring-view.ts";

/** A row of a real 5.0.6 ring, shortened to the columns that are asked for. */
const ROW = {
  address: "127.0.0.2",
  generation: 1795491484,
  heartbeat: 91,
  status: null,
  status_with_port: "NORMAL,-2004606813418148321",
  schema: "d03783d7-b468-3c1a-82f1-8e30b2edde8b",
  release_version: "5.0.6",
};

describe("readGossip", () => {
  it("reads what a node tells of a peer", () => {
    expect(readGossip([ROW])).toEqual([
      {
        address: "127.0.0.2",
        generation: 1795491484,
        heartbeat: 91,
        status: "NORMAL",
        schema: "d03783d7-b468-3c1a-82f1-8e30b2edde8b",
        release: "5.0.6",
      },
    ]);
  });

  it("takes the status of older nodes from its old column", () => {
    const row = { ...ROW, status: "shutdown,true", status_with_port: null };
    expect(readGossip([row])[0]?.status).toBe("shutdown");
  });

  it("leaves out nodes that are gone for good", () => {
    const gone = ["LEFT,1,2", "removed,x"].map(status => ({ ...ROW, status_with_port: status }));
    expect(readGossip([ROW, ...gone])).toHaveLength(1);
  });

  it.each([[{ ...ROW, heartbeat: "soon" }], [{ ...ROW, schema: 5 }], ["a row"]])("refuses %j", row => {
    expect(() => readGossip([row])).toThrow("a row of system_views.gossip_info is not as smc knows it");
  });
});

describe("judgeRing", () => {
  const before = [peer("a"), peer("b"), peer("c")];
  const later = before.map(one => ({ ...one, heartbeat: one.heartbeat + 1 }));

  it("finds a ring whole when all of its nodes are there, agree and live", () => {
    expect(judgeRing(before, later, { nodes: 3 })).toEqual({ kind: "whole" });
  });

  it("names the nodes whose heartbeat stands still: gossip keeps the last words of the dead", () => {
    const second = [later[0], before[1], later[2]].filter(one => one !== undefined);
    expect(judgeRing(before, second, { nodes: 3 })).toEqual({
      kind: "silent",
      evidence: "not heard of for a while: b",
    });
  });

  it("takes a new start for life though its heartbeat is lower, and an older one not", () => {
    const restarted = later.map(one => ({ ...one, generation: one.generation + 5, heartbeat: 1 }));
    expect(judgeRing(before, restarted, { nodes: 3 })).toEqual({ kind: "whole" });
    expect(judgeRing(restarted, later, { nodes: 3 }).kind).toBe("silent");
  });

  it("counts the nodes against the services file", () => {
    expect(judgeRing(before, later, { nodes: 4 })).toEqual({
      kind: "broken",
      evidence: "3 nodes in the ring where the services file has 4",
    });
  });

  it.each(["BOOT", "LEAVING", "MOVING", "shutdown", "hibernate"])("names a node that is %s", status => {
    const second = later.map(one => (one.address === "b" ? { ...one, status } : one));
    expect(judgeRing(before, second, { nodes: 3 })).toEqual({ kind: "broken", evidence: `b is ${status}` });
  });

  it("names the nodes that have another schema than most of their release", () => {
    const second = later.map(one => (one.address === "c" ? { ...one, schema: "other" } : one));
    expect(judgeRing(before, second, { nodes: 3 })).toEqual({
      kind: "broken",
      evidence: "another schema on c",
    });
  });

  it("lets nodes that are known to be away be in any state, and counts the others without them", () => {
    const second = later.filter(one => one.address !== "b").concat({ ...peer("b"), status: "shutdown" });
    expect(judgeRing(before, second, { nodes: 3, away: ["b"] })).toEqual({ kind: "whole" });
    expect(judgeRing(before, second.slice(0, 2), { nodes: 3, away: ["b"] })).toEqual({ kind: "whole" });
    expect(judgeRing(before, second.slice(1), { nodes: 3, away: ["b"] })).toEqual({
      kind: "broken",
      evidence: "1 nodes in the ring where the services file has 2",
    });
  });

  it("lets two major releases have a schema each", () => {
    const second = later.map(one =>
      one.address === "c" ? { ...one, schema: "other", release: "4.1.10" } : one,
    );
    expect(judgeRing(before, second, { nodes: 3 })).toEqual({ kind: "whole" });
  });
});

function peer(address: string): GossipPeer {
  return { address, generation: 1000, heartbeat: 50, status: "NORMAL", schema: "s1", release: "5.0.6" };
}
