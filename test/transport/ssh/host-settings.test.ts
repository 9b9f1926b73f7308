import { homedir } from "node:os";
import { describe, expect, it } from "vitest";
import { parseHostSettings } from "../../../src/transport/ssh/host-settings.ts";

/** From `ssh -G` of OpenSSH 9.2, shortened. */
const PRINTED = `host web3
user salvus
hostname 10.1.2.3
port 2222
addressfamily any
hashknownhosts yes
identitiesonly yes
proxyusefdpass no
stricthostkeychecking ask
identityfile ~/.ssh/my key
identityfile %d/x
identityfile /etc/keys/site
certificatefile ~/c-cert.pub
globalknownhostsfile /etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2
userknownhostsfile /home/ops/.ssh/known_hosts /home/ops/.ssh/known_hosts2
proxyjump j1,u@j2:99
hostkeyalias web-three
`;

describe("parseHostSettings", () => {
  it("takes what matters", () => {
    expect(parseHostSettings(PRINTED, { SSH_AUTH_SOCK: "/run/agent" })).toEqual({
      hostName: "10.1.2.3",
      port: 2222,
      user: "salvus",
      identityFiles: [`${homedir()}/.ssh/my key`, `${homedir()}/x`, "/etc/keys/site"],
      certificateFiles: [`${homedir()}/c-cert.pub`],
      identitiesOnly: true,
      agentSocket: "/run/agent",
      knownHostsFiles: [
        "/home/ops/.ssh/known_hosts",
        "/home/ops/.ssh/known_hosts2",
        "/etc/ssh/ssh_known_hosts",
        "/etc/ssh/ssh_known_hosts2",
      ],
      hashKnownHosts: true,
      hostKeyAlias: "web-three",
      jumps: ["j1", "u@j2:99"],
      proxyCommand: undefined,
      needsProvider: false,
    });
  });

  const minimal = "user ops\nhostname h\nport 22\n";

  it("takes `none` as nothing", () => {
    const settings = parseHostSettings(
      `${minimal}proxyjump none\nproxycommand none\nuserknownhostsfile none\n`,
      {},
    );
    expect(settings).toMatchObject({ jumps: [], proxyCommand: undefined, knownHostsFiles: [] });
  });

  it.each([
    ["none", undefined],
    ["SSH_AUTH_SOCK", "/run/agent"],
    ["$OTHER_AGENT", "/run/other"],
    ["/run/mine", "/run/mine"],
  ])("finds the agent that IdentityAgent %s means", (value, socket) => {
    const environment = { SSH_AUTH_SOCK: "/run/agent", OTHER_AGENT: "/run/other" };
    expect(parseHostSettings(`${minimal}identityagent ${value}\n`, environment).agentSocket).toBe(socket);
  });

  it("does not guess what every ssh prints", () => {
    expect(() => parseHostSettings("user ops\nhostname h\n")).toThrow('ssh -G printed no "port"');
  });
});
