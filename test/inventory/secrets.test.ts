import { describe, expect, it } from "vitest";
import { deploymentOf, problemsOf } from "./support.ts";

const site = (secrets: string): string => `smc: 1
machines:
  web[1-3]: {vpn: "10.0.0.{n}", role: web}
  box1: {vpn: 10.0.1.1, role: compute}
deployments:
  site:
    services:
      compute: {at: "@compute"}
    secrets:
      ${secrets}
`;

describe("secrets of a deployment", () => {
  it("are for the hosts of a selection, as root's and for nobody else unless it is said", () => {
    const text = site(
      'keys/a: {at: "@web !web3", path: /etc/a}\n      b: {at: [web1], path: /b, owner: "salvus:www", mode: "0640"}',
    );
    expect(deploymentOf(text).secrets).toEqual([
      { name: "keys/a", path: "/etc/a", owner: "root", mode: 0o600, hosts: ["web1", "web2"] },
      { name: "b", path: "/b", owner: "salvus:www", mode: 0o640, hosts: ["web1"] },
    ]);
  });

  it.each([
    ["nobody's", 'a: {at: "@db", path: /etc/a}', /no host has the role or tag "db"/],
    ["others can read", 'a: {at: web1, path: /etc/a, mode: "0644"}', /lets nobody else in/],
    ["relative", "a: {at: web1, path: etc/a}", /a path is absolute/],
    ["elsewhere", "a: {at: web1, path: /etc/../a}", /has no blanks and no/],
    ["outside of its folder", "../a: {at: web1, path: /etc/a}", /a secret is called as its file/],
    [
      "two at one path",
      "a: {at: web1, path: /x}\n      b: {at: '@web', path: /x}",
      /\/x on web1 is that of a \(site\) already/,
    ],
    ["a key for strangers", 'a: {at: "@all", path: /home/salvus/.ssh/id}', /box1 runs what strangers write/],
  ])("that are %s are a problem at their place", (_, entry, message) => {
    const problems = problemsOf(site(entry));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(message);
    expect(problems[0]).toMatch(/^(9|10|11):\d+ error/);
  });

  it("may be public halves on compute servers", () => {
    expect(problemsOf(site('a: {at: "@all", path: /home/salvus/.ssh/authorized_keys}'))).toEqual([]);
  });
});
