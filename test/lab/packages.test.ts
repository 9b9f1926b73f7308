import { once } from "node:events";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildPackage, indexEntry, type TestPackage } from "../helpers/test-package.ts";
import { expectSmc } from "./harness/expect-smc.ts";
import { hostNamed, removeLab, startLab } from "./harness/lab.ts";
import { labSite, type LabSite } from "./harness/lab-site.ts";
import { runInside } from "./harness/machine.ts";
import { waitUntil } from "./harness/wait-until.ts";

const TRIED = ["web1", "web2", "edge"];
const MAIN = ["web3", "web4"];
const lab = await startLab({ hosts: [...TRIED, ...MAIN], owned: true });
const TOOL = { command: ["/usr/bin/lab-tool", "infinity"] };
/** `tool` runs from the package, `still` from another one. */
const tried = await labSite(lab, {
  without: MAIN,
  services: {
    nginx: { at: "web[1-2]" },
    haproxy: { at: "edge", redirect_http: false, insecure_testing_port: 8001 },
    tool: { at: "web[1-2]", ...TOOL },
    still: { at: "web[1-2]", command: ["/bin/sleep", "infinity"] },
  },
  deployment: { smoke: [{ name: "static files", of: "haproxy", http: "/static/", timeout: "10s" }] },
});
const main = await labSite(lab, { without: TRIED, services: { tool: { at: "web[3-4]", ...TOOL } } });
const folder = mkdtempSync(join(tmpdir(), "smc-lab-packages-"));

afterAll(async () => {
  await removeLab(lab.layout);
  await Promise.all([tried.close(), main.close()]);
  rmSync(folder, { recursive: true, force: true });
});

async function inside(host: string, script: string, ...words: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runInside(hostNamed(lab, host), [
    "sh",
    "-ec",
    script,
    "sh",
    ...words,
  ]);
  if (code !== 0) throw new Error(`${host}: ${script}: exit ${code}\n${stdout}${stderr}`);
  return stdout;
}

const REPOSITORY = "/srv/lab-repository";

/** The repository of these hosts offers these packages and nothing else from now on. Its files come as words of a command line. */
async function offer(hosts: readonly string[], ...packages: readonly TestPackage[]): Promise<void> {
  const files = packages.map(each => buildPackage(folder, each));
  const index = join(folder, "Packages");
  writeFileSync(index, files.map(indexEntry).join("\n"));
  const put = `printf %s "$2" | base64 -d > ${REPOSITORY}/"$1"`;
  for (const host of hosts) {
    await inside(host, `mkdir -p ${REPOSITORY}; rm -f ${REPOSITORY}/*`);
    for (const file of [...files, index])
      await inside(host, put, file.split("/").at(-1) ?? "", readFileSync(file).toString("base64"));
  }
}

/** A version of the tool: `sleep` of this machine under another name, or what `file` says. */
const tool = (version: string, more: Partial<TestPackage> = {}, file = "/bin/sleep"): TestPackage => ({
  name: "lab-tool",
  version,
  architecture: "amd64",
  files: { "usr/bin/lab-tool": file },
  ...more,
});

const versionOn = (host: string): Promise<string> =>
  inside(host, "dpkg-query --show --showformat='${db:Status-Status} ${Version}' lab-tool");

async function pids(site: LabSite): Promise<Record<string, number>> {
  const { out } = await expectSmc(site, "status --json");
  const { instances } = JSON.parse(out) as { instances: { instance: string; pid: number }[] };
  return Object.fromEntries(instances.map(({ instance, pid }) => [instance, pid]));
}

async function restartedBy(site: LabSite, work: () => Promise<unknown>): Promise<string[]> {
  const before = await pids(site);
  await work();
  const after = await pids(site);
  return Object.keys(before).filter(name => before[name] !== after[name]);
}

/** What comes back over a connection of its own: a status, or what went wrong. */
function statusOf(url: string): Promise<string> {
  return new Promise(resolve => {
    const request = get(url, { agent: false, timeout: 10_000 }, answer => {
      answer.resume().on("end", () => resolve(String(answer.statusCode)));
    });
    request.on("error", error => resolve(error.message));
    request.on("timeout", () => request.destroy(new Error("no answer within 10 s")));
  });
}

/** Asks haproxy for the static files again and again while `work` is done, every time over a new connection. */
async function visited(work: () => Promise<unknown>): Promise<{ asked: number; failed: string[] }> {
  const url = `http://${hostNamed(lab, "edge").address}:8001/static/`;
  const counts = { asked: 0, failed: [] as string[] };
  const over = new AbortController();
  const visit = async (): Promise<void> => {
    while (!over.signal.aborted) {
      counts.asked += 1;
      const status = await statusOf(url);
      if (status !== "200") counts.failed.push(status);
    }
  };
  const visitors = Promise.all([visit(), visit()]);
  try {
    await work();
  } finally {
    over.abort();
    await visitors;
  }
  return counts;
}

beforeAll(async () => {
  const hosts = [...TRIED, ...MAIN];
  await offer(hosts, tool("1"));
  for (const host of hosts)
    await inside(
      host,
      `rm -f /etc/apt/sources.list.d/*; echo "deb [trusted=yes] copy:${REPOSITORY} ./" > /etc/apt/sources.list; apt-get -qq update`,
    );
  for (const host of ["web1", "web2", ...MAIN]) await inside(host, "apt-get -qqy install lab-tool");
  await expectSmc(tried, "start all --yes");
  await expectSmc(main, "start all --yes");
}, 120_000);

describe("packages of real hosts", () => {
  it("are shown with every step, and nothing changes", async () => {
    await offer(TRIED, tool("2"));
    const { out } = await expectSmc(tried, "release packages --dry-run");
    expect(out).toMatch(/^web\[1-2\]: 1 package\n {2}lab-tool 1 → 2\nedge: nothing to upgrade$/m);
    expect(await versionOn("web1")).toBe("installed 1");
  });

  it("go to another version host by host, what uses them is restarted and nothing else, and no visitor is refused", async () => {
    let counts = { asked: 0, failed: [] as string[] };
    const restarted = await restartedBy(tried, async () => {
      counts = await visited(() => expectSmc(tried, "release packages --out packages.json --yes"));
    });
    expect(restarted.toSorted()).toEqual(["tool@web1", "tool@web2"]);
    expect(counts.failed).toEqual([]);
    expect(counts.asked).toBeGreaterThan(20);
    console.log(`${counts.asked} requests during a release of packages`);
    expect([await versionOn("web1"), await versionOn("web2")]).toEqual(["installed 2", "installed 2"]);
    const records = await tried.journal();
    const at = (type: string, step: string): number =>
      records.findIndex(record => record["type"] === type && record["step"] === step);
    const asked = at("step-ended", "smoke 1 static files haproxy@edge");
    expect(asked).toBeGreaterThan(at("step-ended", "restart tool@web1"));
    expect(at("step-started", "packages of web2")).toBeGreaterThan(asked);
    expect((await expectSmc(tried, "release packages --yes")).err).toContain("unchanged");
  });

  it("come to other hosts at the very versions that were tried, whatever is offered there by now", async () => {
    await offer(MAIN, tool("2"), tool("2.1"));
    copyFileSync(join(tried.directory, "packages.json"), join(main.directory, "packages.json"));
    const restarted = await restartedBy(main, () =>
      expectSmc(main, "release packages --from packages.json --batch 2 --yes"),
    );
    expect(restarted.toSorted()).toEqual(["tool@web3", "tool@web4"]);
    expect([await versionOn("web3"), await versionOn("web4")]).toEqual(["installed 2", "installed 2"]);
  });

  it("go back when what uses them does not come up, and no further host goes", async () => {
    await offer(TRIED, tool("3", {}, "/bin/false"));
    const { err } = await expectSmc(tried, "release packages --yes", 1);
    expect(err).toContain("tool@web1");
    expect([await versionOn("web1"), await versionOn("web2")]).toEqual(["installed 2", "installed 2"]);
    expect(Object.values(await pids(tried)).every(pid => pid > 0)).toBe(true);
    const steps = (await tried.journal())
      .filter(({ type }) => type === "step-started")
      .map(({ step }) => step);
    expect(steps).toContain("packages of web1 again");
    expect(steps).not.toContain("packages of web2");
    expect(steps).not.toContain("packages of web2 again");
  });

  it("wait for somebody else who changes packages, and name him", async () => {
    const slow: TestPackage = {
      name: "lab-slow",
      version: "1",
      postinst: "while [ ! -e /tmp/go ]; do sleep 0.1; done",
    };
    await offer(TRIED, tool("4"), slow);
    await inside("web1", "apt-get -qq update; systemd-run --quiet --unit=slow apt-get -qqy install lab-slow");
    const isHeld = async (): Promise<boolean> =>
      inside("web1", "apt-get check -qq").then(
        () => false,
        (error: unknown) => String(error).includes("held by process"),
      );
    await waitUntil(isHeld, { what: "somebody who changes packages", timeout: 20_000 });
    const refused = await expectSmc(tried, "release packages web1 --timeout 2s --yes", 3);
    expect(refused.err).toMatch(/web1: .*It is held by process \d+ \(apt-get\)/);
    const going = expectSmc(tried, "release packages --yes");
    const waits = async (): Promise<boolean> =>
      inside("web1", "pgrep -f 'sh -c .*[a]pt-get -qq'").then(
        () => true,
        () => false,
      );
    await waitUntil(waits, { what: "smc, which waits", timeout: 30_000 });
    await inside("web1", "touch /tmp/go");
    await going;
    expect([await versionOn("web1"), await versionOn("web2")]).toEqual(["installed 4", "installed 4"]);
  });

  it("are restarted all, one host at a time, and no visitor is refused", async () => {
    await offer(TRIED, tool("5"));
    let counts = { asked: 0, failed: [] as string[] };
    const restarted = await restartedBy(tried, async () => {
      counts = await visited(() => expectSmc(tried, "release packages --restart-all --yes"));
    });
    const all = ["nginx", "still", "tool"].flatMap(name => [`${name}@web1`, `${name}@web2`]);
    expect(restarted.toSorted()).toEqual(all);
    expect(counts.failed).toEqual([]);
    console.log(`${counts.asked} requests while all was restarted`);
  });

  it("come to their end by smc resume when smc is killed while they are set up", async () => {
    await offer(
      TRIED,
      tool("6", { postinst: "touch /tmp/begun; while [ ! -e /tmp/on ]; do sleep 0.1; done" }),
    );
    const child = tried.spawn("release", "packages", "--yes");
    const begun = async (): Promise<boolean> => (await inside("web1", "ls /tmp")).includes("begun");
    await waitUntil(begun, { what: "the set-up of the package", timeout: 60_000 });
    const ended = once(child, "close");
    child.kill("SIGKILL");
    await ended;
    await inside("web1", "touch /tmp/on");
    await inside("web2", "touch /tmp/on");
    await expectSmc(tried, "resume");
    expect([await versionOn("web1"), await versionOn("web2")]).toEqual(["installed 6", "installed 6"]);
    expect(await inside("web1", "dpkg --audit")).toBe("");
  });
});
