import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ExitCode } from "../../src/base/exit-code.ts";
import { lockState, takeLock } from "../../src/state/lock.ts";
import { smc } from "../helpers/smc.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

/** Two deployments on one machine, which nobody reaches. */
const FILE = `smc: 1
default: storm
machines:
  cloud1: {dc: DC0, vpn: 203.0.113.1, ram: 8GB, cores: 4, disk: 1TB}
deployments:
  cloud: {site: cloud.example}
  storm: {site: storm.example}
`;

describe("smc prepare", () => {
  it("exits 4 while a run of another deployment changes what both share, and keeps no lock itself", async () => {
    const stateDirectory = join(await temporaryFolder(), "state");
    const words = { stateDirectory, reason: "vpn join cloud1", run: "r1" };
    const lock = await takeLock({ ...words, deployment: "@machines" });
    const { code, err } = await smc("-f services.yaml -d cloud prepare cloud1", {
      files: { "services.yaml": FILE },
      env: { SMC_STATE: stateDirectory },
    });
    expect({ code, err }).toMatchObject({
      code: ExitCode.Locked,
      err: expect.stringMatching(/is at work on @machines: smc vpn join cloud1[^]*smc unlock -d @machines/),
    });
    expect(await lockState({ stateDirectory, deployment: "cloud" })).toBeUndefined();
    await lock.release();
  });
});
