import { describe, expect, it } from "vitest";
import { proxiesInFrontOf } from "../../../src/services/haproxy/backends.ts";
import { CLOUD, PROJECT } from "../sites.ts";
import { contextOf, renderOf } from "../support.ts";

/** What haproxy 2.6 answers to `show servers conn`. */
function connections(used: { hub: number; proxy: number }): string {
  return ["hub", "proxy"]
    .map(
      backend => `# bkname/svname bkid/svid addr port - purge_delay used_cur used_max need_est unsafe_nb safe_nb idle_lim idle_cur idle_per_thr[2]
${backend}/hub0.web2 3/1 10.1.2.3 5000 - 5000 ${backend === "hub" ? used.hub : used.proxy} 2 2 0 0 -1 1 1 0
${backend}/hub1.web2 3/2 10.1.2.3 5002 - 5000 7 9 9 0 0 -1 0 0 0
`,
    )
    .join("\n");
}

describe("taking a hub out at the haproxy in front of it", () => {
  it("does so at each haproxy that sends to it, in both backends", () => {
    const { traffic } = renderOf(CLOUD, "hub0@web2");
    expect(traffic?.map(entry => entry.proxy)).toEqual(["haproxy@cloud2", "haproxy@cloud10"]);
    expect(traffic?.[0]?.out).toEqual({
      kind: "socket",
      socket: "/run/smc/cloud/haproxy/admin.sock",
      send: "set server hub/hub0.web2 state maint; set server proxy/hub0.web2 state maint",
      expect: String.raw`^\s*$`,
    });
    expect(traffic?.[0]?.back).toMatchObject({
      send: "set server hub/hub0.web2 state ready; set server proxy/hub0.web2 state ready",
    });
  });

  it("waits for the connections of this hub, in both backends, and no other", () => {
    const drained = renderOf(CLOUD, "hub0@web2").traffic?.[0]?.drained;
    if (drained?.kind !== "socket") throw new Error("no question to a socket");
    const pattern = new RegExp(drained.expect);
    expect(drained.send).toBe("show servers conn hub; show servers conn proxy");
    expect(pattern.test(connections({ hub: 0, proxy: 0 }))).toBe(true);
    expect(pattern.test(connections({ hub: 1, proxy: 0 }))).toBe(false);
    expect(pattern.test(connections({ hub: 0, proxy: 12 }))).toBe(false);
  });

  it("leaves the only hub of a haproxy in", () => {
    expect(renderOf(PROJECT, "hub0@localhost").traffic).toEqual([]);
    expect(renderOf(CLOUD, "hub0@web3").traffic?.map(entry => entry.proxy)).toEqual(["haproxy@cloud3"]);
    expect(renderOf(CLOUD, "nginx@web3").traffic).toEqual([]);
  });

  it("takes nginx out of the static backend", () => {
    expect(renderOf(CLOUD, "nginx@web2").traffic?.[0]?.out).toMatchObject({
      send: "set server static/nginx.web2 state maint",
    });
  });
});

describe("the proxies in front of an instance", () => {
  it("are all that send to it, also where it is the only one of its backend", () => {
    const inFront = (name: string) => proxiesInFrontOf(contextOf(CLOUD, name)).map(proxy => proxy.name);
    expect(inFront("nginx@web3")).toEqual(["haproxy@cloud3"]);
    expect(inFront("hub0@web2")).toEqual(["haproxy@cloud2", "haproxy@cloud10"]);
    expect(inFront("haproxy@cloud2")).toEqual([]);
  });
});
