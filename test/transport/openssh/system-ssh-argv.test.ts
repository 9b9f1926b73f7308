import { describe, expect, it } from "vitest";
import type { HostTarget } from "../../../src/base/host-target.ts";
import { systemSshArgv } from "../../../src/transport/openssh/system-ssh-argv.ts";

const target: HostTarget = {
  name: "web3",
  kind: "ssh",
  address: "10.0.0.3",
  port: 22,
  user: "",
  connectTimeout: 7500,
  hostKeys: "strict",
};

describe("systemSshArgv", () => {
  it("keeps the name, so that the configuration of the host applies, and sets the address", () => {
    expect(systemSshArgv(target).join(" ")).toBe(
      "ssh -o HostName=10.0.0.3 -o ConnectTimeout=8 -o StrictHostKeyChecking=yes -- web3",
    );
  });

  it("adds what the target and the caller want, the caller's settings first", () => {
    const special = { ...target, port: 2222, user: "ops", hostKeys: "accept-new" as const };
    const options = {
      hostName: "gate",
      command: "tail -f 'a b'",
      tty: true,
      configFile: "/c",
      settings: ["A=b"],
    };
    const argv = systemSshArgv(special, options);
    expect(argv.at(-1)).toBe("tail -f 'a b'");
    expect(argv.slice(0, -1).join(" ")).toBe(
      "ssh -F /c -o A=b -o HostName=gate -o ConnectTimeout=8 -o StrictHostKeyChecking=accept-new -p 2222 -l ops -t -- web3",
    );
  });

  it("refuses a terminal when told to", () => {
    expect(systemSshArgv(target, { tty: false })).toContain("-T");
  });
});
