import { describe, expect, it } from "vitest";
import { ExitCode, StatusExitCode } from "../../src/base/exit-code.ts";
import { smc, type SmcResult } from "../helpers/smc.ts";

/** Nobody listens at port 1 of loopback, so no host of this site answers. */
const SERVICES = JSON.stringify({
  smc: 1,
  default: "here",
  ports: { ssh: 1 },
  defaults: { user: "tester", ssh: { become: "none", connect_timeout: "2s" } },
  machines: Object.fromEntries([1, 2, 3].map(index => [`web${index}`, { vpn: `127.0.0.${index}` }])),
  deployments: {
    here: { site: "here.example", vpn: { kind: "tinc", netmask: "255.0.0.0", mesh: "hosts" }, services: {} },
  },
});

const run = (line: string): Promise<SmcResult> => smc(line, { files: { "conf/services.yaml": SERVICES } });

describe("a VPN of which no host answers", () => {
  it("is not well by smc vpn check, which names every host", async () => {
    const { code, out } = await run("vpn check");
    expect(code).toBe(StatusExitCode.Unreachable);
    expect(out).toMatch(/^web1 could not be asked: .*refuses connections$/m);
    expect(out).toMatch(/^web3 could not be asked: /m);
  });

  it("is not left by anybody: those who may still let him in are named", async () => {
    const { code, err } = await run("vpn leave web1 --yes");
    expect(code).toBe(ExitCode.Failed);
    expect(err).toMatch(/^failed +forget keys on web2: .*\n.*\nfailed +forget keys on web3: /m);
  });

  it("tells of a host that is to get a new key that it did not answer, not that it is no member", async () => {
    const { code, err } = await run("vpn rotate web1 --yes");
    expect([code, err]).toEqual([
      ExitCode.Refused,
      expect.stringContaining("web[1-3] did not answer: nothing was touched"),
    ]);
  });
});
