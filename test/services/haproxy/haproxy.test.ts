import { describe, expect, it } from "vitest";
import { CLOUD, PROJECT } from "../sites.ts";
import { renderOf, textOf, type SiteWords } from "../support.ts";

function withHaproxy(site: SiteWords, settings: Record<string, unknown>): SiteWords {
  const { haproxy } = site.services;
  if (haproxy === undefined) throw new Error("the site has no haproxy");
  return { ...site, services: { ...site.services, haproxy: { ...haproxy, settings } } };
}

function servers(text: string): string[] {
  return [...text.matchAll(/^ +server (\S+)/gm)].map(match => match[1] ?? "");
}

describe("the configuration of haproxy", () => {
  it("is the golden file for a front behind stunnel", async () => {
    const text = textOf(renderOf(CLOUD, "haproxy@cloud2"), "haproxy.cfg");
    await expect(text).toMatchFileSnapshot("../golden/haproxy-cloud.cfg");
  });

  it("is the golden file for a site below a prefix, on one machine", async () => {
    const text = textOf(renderOf(PROJECT, "haproxy@localhost"), "haproxy.cfg");
    await expect(text).toMatchFileSnapshot("../golden/haproxy-project.cfg");
  });

  it("has the same bytes whatever the order of the services file", () => {
    const reversed: SiteWords = {
      hosts: Object.fromEntries(Object.entries(CLOUD.hosts).toReversed()),
      services: Object.fromEntries(
        Object.entries(CLOUD.services)
          .toReversed()
          .map(([name, service]) => [name, { ...service, at: service.at.toReversed() }]),
      ),
    };
    expect(renderOf(reversed, "haproxy@cloud2")).toEqual(renderOf(CLOUD, "haproxy@cloud2"));
  });

  it.each([
    ["same-dc", ["hub0.web2", "hub1.web2", "hub0.web10", "hub1.web10"]],
    ["all", ["hub0.web2", "hub1.web2", "hub0.web3", "hub1.web3", "hub0.web10", "hub1.web10"]],
    [["web3"], ["hub0.web3", "hub1.web3"]],
  ])("sends to the hubs that `backends: %j` chooses", (backends, expected) => {
    const text = textOf(renderOf(withHaproxy(CLOUD, { backends }), "haproxy@cloud2"), "haproxy.cfg");
    expect(servers(text).filter(name => name.startsWith("hub"))).toEqual([...expected, ...expected]);
  });

  it("refuses backends that find nobody, and says what there is", () => {
    expect(() => renderOf(withHaproxy(CLOUD, { backends: ["web9"] }), "haproxy@cloud2")).toThrow(
      "haproxy@cloud2 is to use hub on web9, where there is none",
    );
    const far = { ...CLOUD, hosts: { ...CLOUD.hosts, cloud2: { address: "10.1.2.1", dc: "DC9" } } };
    expect(() => renderOf(far, "haproxy@cloud2")).toThrow("is to use hub in DC9, where there is none");
  });

  it("sends everything to nginx where there is no hub, and refuses to send nowhere", () => {
    const { haproxy, nginx } = CLOUD.services;
    if (haproxy === undefined || nginx === undefined) throw new Error("no haproxy or nginx");
    const text = textOf(
      renderOf({ ...CLOUD, services: { haproxy, nginx } }, "haproxy@cloud2"),
      "haproxy.cfg",
    );
    expect(text).not.toContain("backend hub");
    expect(text).toContain("default_backend static");
    expect(() => renderOf({ ...CLOUD, services: { haproxy } }, "haproxy@cloud2")).toThrow(/neither a hub/);
  });
});

describe("the edge of haproxy", () => {
  it("takes the PROXY protocol on loopback only, behind a stunnel on the same host", () => {
    const rendered = renderOf(CLOUD, "haproxy@cloud2");
    expect(textOf(rendered, "haproxy.cfg")).toContain("bind 127.0.0.1:8000 accept-proxy\n");
    expect(rendered.listens).toEqual([
      { address: "127.0.0.1", port: 8000 },
      { address: "0.0.0.0", port: 80 },
    ]);
  });

  it("speaks plain http at its own address without one", () => {
    const rendered = renderOf(PROJECT, "haproxy@localhost");
    expect(textOf(rendered, "haproxy.cfg")).toContain("bind 127.0.0.1:8000\n    bind 127.0.0.1:8001\n");
    expect(rendered.user).toBe("");
  });

  it("sends browsers to the https port of the site", () => {
    const storm = { ...withHaproxy(CLOUD, { redirect_http: true }), ports: { stunnel: 8443 } };
    expect(textOf(renderOf(storm, "haproxy@cloud2"), "haproxy.cfg")).toContain(
      "redirect prefix https://cloud.example.com:8443 code 301",
    );
  });

  it("refuses a state directory that is too deep for a socket", () => {
    const deep = { ...PROJECT, stateDirectory: `/${"d".repeat(80)}` };
    expect(() => renderOf(deep, "haproxy@localhost")).toThrow(/too long for a socket/);
  });
});

describe("the readiness of haproxy", () => {
  it("is an answer of a hub and one of nginx, through haproxy", () => {
    const socket = "/run/smc/cloud/haproxy/http.sock";
    const ask = (path: string): unknown => ({
      kind: "socket",
      socket,
      send: `GET ${path} HTTP/1.0\r\n\r\n`,
      expect: String.raw`^HTTP/1\.[01] 200 `,
    });
    expect(renderOf(CLOUD, "haproxy@cloud2").ready).toEqual({
      kind: "all",
      probes: [ask("/alive"), ask("/static/")],
    });
  });
});
