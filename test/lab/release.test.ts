import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SmcResult } from "../helpers/smc.ts";
import { cut, heal } from "./harness/faults.ts";
import { hostNamed, overSsh, removeLab, startLab } from "./harness/lab.ts";
import { labSite, type LabSite } from "./harness/lab-site.ts";

/** A program that says which version of it was started, on its own host, and cannot be started where `only` says another one. */
const program = (version: string, only = ".*"): string => `#!/bin/sh
hostname | grep -q '${only}' || exit 1
echo ${version} > "$1/started"
trap 'exit 0' TERM
while :; do sleep 0.1; done
`;

describe("smc release on real hosts", () => {
  let lab: Awaited<ReturnType<typeof startLab>>;
  let site: LabSite;

  async function write(version: string, only?: string): Promise<void> {
    await mkdir(join(site.directory, version), { recursive: true });
    await writeFile(join(site.directory, version, "app"), program(version, only), { mode: 0o755 });
  }

  const run = (line: string): Promise<SmcResult> => site.smc(line);
  const started = async (): Promise<string[]> =>
    Promise.all(
      ["web1", "web2"].map(async host => {
        const argv = ["sudo", "cat", "/var/lib/smc/lab/app/started"];
        return (await overSsh(lab, { host, argv })).stdout.trim();
      }),
    );
  const versions = async (): Promise<(string | undefined)[]> => {
    const { out } = await run("release status app --json");
    return (JSON.parse(out) as { places: { version?: string }[] }).places.map(({ version }) => version);
  };

  beforeAll(async () => {
    lab = await startLab({ hosts: ["web1", "web2"], owned: true });
    site = await labSite(lab, {
      services: {
        app: {
          at: ["web1", "web2"],
          command: "{software}/app {data}",
          source: { folder: "../one", version: "1" },
          ready: { command: "test -s {data}/started" },
        },
      },
      deployment: {
        smoke: [{ name: "it has started", of: "app", command: "test -s {data}/started", timeout: "5s" }],
        timeouts: { ready: "10s" },
      },
    });
    await write("one");
    const { code, err } = await run("start app");
    if (code !== 0) throw new Error(err);
  });

  afterAll(async () => {
    await site.close();
    await removeLab(lab.layout);
  });

  it("brings a version to every host, whole, and leaves it alone the next time", async () => {
    await write("two");
    const { code, err } = await run("release app --to two --as 2 --out app.json --yes");
    expect([code, code === 0 ? "" : err]).toEqual([0, ""]);
    expect([await started(), await versions()]).toEqual([
      ["two", "two"],
      ["2", "2"],
    ]);
    const again = await run("release --from app.json --yes");
    expect([again.code, again.err]).toEqual([0, expect.stringMatching(/unchanged\n$/)]);
  });

  it("leaves a host that it went well on with the version, takes the next back, and all of them by --rollback", async () => {
    await write("three", "web1");
    const { code } = await run("release app --to three --as 3 --yes");
    expect(code).toBe(1);
    expect([await started(), await versions()]).toEqual([
      ["three", "two"],
      ["3", "2"],
    ]);
    expect((await run("release status app")).code).toBe(3);
    const back = await run("release app --rollback --yes");
    expect([back.code, back.code === 0 ? "" : back.err]).toEqual([0, ""]);
    expect([await started(), await versions()]).toEqual([
      ["two", "two"],
      ["2", "2"],
    ]);
  });

  it("changes no host while one has not the version whole", async () => {
    await write("four");
    const damage = "sudo sh -c 'cp -a /opt/smc/app/3 /opt/smc/app/4; echo 0 > /opt/smc/app/4/more'";
    expect((await overSsh(lab, { host: "web2", argv: [damage] })).code).toBe(0);
    const other = await run("release app --to four --as 4 --yes");
    expect([other.code, other.err]).toEqual([3, expect.stringContaining("has another 4, of other content")]);
    expect(
      (await overSsh(lab, { host: "web2", argv: ["sudo", "sh", "-c", "'echo 0 > /opt/smc/app/3/more'"] }))
        .code,
    ).toBe(0);
    const { code, err } = await run("release app --to three --as 3 --yes");
    expect([code, err]).toEqual([1, expect.stringContaining("/opt/smc/app/3 is not what was sent")]);
    expect(await started()).toEqual(["two", "two"]);
  });

  it("touches nothing while a host does not answer", async () => {
    const web2 = hostNamed(lab, "web2");
    await cut(web2);
    const { code, err } = await run("release app --to four --as 5 --yes --connect-timeout 2s");
    await heal(web2);
    expect([code, err]).toEqual([3, expect.stringContaining("web2:/opt/smc/app")]);
    expect(await versions()).toEqual(["2", "2"]);
  });
});
