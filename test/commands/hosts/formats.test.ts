import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { smc } from "../../helpers/smc.ts";

const SERVICES = `
smc: 1
default: cloud
defaults: { user: salvus }
ports: { ssh: 2222 }
machines:
  web[1-2]: { vpn: "10.1.0.{n}", dc: DC0 }
  db1: { vpn: 10.1.0.9, dc: DC0, ssh_port: 22 }
deployments: { cloud: { site: cloud.example } }
`;
const KEY = "AAAAC3NzaC1lZDI1NTE5AAAAIJ+qk4T6sTbV0Gf5n1r1t3n4yq8C6wJk2L7x3o9Q1p2R";
const OTHER = "AAAAC3NzaC1lZDI1NTE5AAAAIHq5bU4c0Yw8e7vK3pXo2m1s9tL6nR4jD0zQ8fE5aB7C";
const KNOWN = `[web1]:2222 ssh-ed25519 ${KEY}\n@revoked [10.1.0.1]:2222 ssh-ed25519 ${OTHER}\ndb1,10.1.0.9 ssh-ed25519 ${OTHER}\nelse ssh-ed25519 ${KEY}\n`;

const files = {
  "conf/services.yaml": SERVICES,
  known: KNOWN,
  "ssh-config": "Host *\n  UserKnownHostsFile known\n  GlobalKnownHostsFile /dev/null\n",
};

describe("smc hosts --format", () => {
  it("hosts is a block for /etc/hosts between marks", async () => {
    const { out } = await smc("hosts --format hosts", { files });
    expect(out).toBe("# begin smc cloud\n10.1.0.1 web1\n10.1.0.2 web2\n10.1.0.9 db1\n# end smc cloud\n");
  });

  it("ssh-config is what ssh itself reads: address, port and user, and only known keys", async () => {
    const { out, directory } = await smc("hosts web1,db1 --format ssh-config", { files });
    const path = join(directory, "made");
    await smc("hosts", { directory, files: { made: out } });
    const asked = (name: string): string =>
      execFileSync("ssh", ["-G", "-F", path, name], { encoding: "utf8", stdio: "pipe" });
    expect(asked("web1")).toMatch(/^hostname 10\.1\.0\.1$/m);
    expect(asked("web1")).toMatch(/^port 2222$/m);
    expect(asked("web1")).toMatch(/^user salvus$/m);
    expect(asked("web1")).toMatch(/^stricthostkeychecking (yes|true)$/m);
    expect(asked("db1")).toMatch(/^port 22$/m);
  });

  it("known-hosts are the keys that this machine trusts, and it says of whom it knows none", async () => {
    const { directory } = await smc("hosts", { files });
    const known = join(directory, "known");
    const config = (await readFile(join(directory, "ssh-config"), "utf8")).replace(" known", ` ${known}`);
    const { out, err, code } = await smc("hosts --format known-hosts", {
      directory,
      files: { "ssh-config": config },
      env: { SMC_SSH_CONFIG: "ssh-config", PATH: process.env["PATH"] ?? "" },
    });
    expect(out).toBe(
      `[web1]:2222,[10.1.0.1]:2222 ssh-ed25519 ${KEY}\n` +
        `@revoked [web1]:2222,[10.1.0.1]:2222 ssh-ed25519 ${OTHER}\n` +
        `db1,10.1.0.9 ssh-ed25519 ${OTHER}\n`,
    );
    expect({ err, code }).toEqual({ err: "note: no key is known here of web2\n", code: 0 });
  });
});
