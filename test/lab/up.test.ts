import { once } from "node:events";
import { rm } from "node:fs/promises";
import { afterAll, describe, expect, it } from "vitest";
import { expectSmc } from "./harness/expect-smc.ts";
import { hostNamed, removeLab, startLab } from "./harness/lab.ts";
import { labSite } from "./harness/lab-site.ts";
import { runInside } from "./harness/machine.ts";
import { stagePrograms } from "./harness/programs.ts";
import { smallSite } from "./harness/small-site.ts";
import { waitUntil } from "./harness/wait-until.ts";

const lab = await startLab({ hosts: ["db1", "db2", "web1", "db3"], owned: true });
const programs = await stagePrograms();
const { cassandra, hub, nginx, haproxy } = smallSite(programs);
/** db3 is a row that is added later. */
const site = await labSite(lab, { services: servicesWith("db[1-2]"), without: ["db3"] });
const web1 = hostNamed(lab, "web1");

function servicesWith(nodes: string) {
  return {
    cassandra: {
      ...cassandra,
      at: nodes,
      replication: { lab: { DC0: 2 }, system_auth: { DC0: 2 } },
      users: { operator: { superuser: true }, hub: { grant: { lab: "all" } } },
    },
    hub: { ...hub, instances: 1 },
    nginx,
    haproxy,
  };
}

afterAll(async () => {
  await removeLab(lab.layout);
  await site.close();
  await rm(programs, { recursive: true, force: true });
});

const smc = (line: string, code = 0) => expectSmc(site, line, code);

function hasStarted(journal: readonly Record<string, unknown>[], step: string): boolean {
  return journal.some(record => record["type"] === "step-started" && record["step"] === step);
}

/** What haproxy answers on its own host: the way in for others is stunnel, which this site has not. */
async function answered(method: "GET" | "PUT"): Promise<string> {
  const url = `http://${web1.address}:8001/hub/values/greeting`;
  const options = method === "PUT" ? { method, body: "hello" } : { method };
  const script = `fetch("${url}", ${JSON.stringify(options)}).then(async answer => process.stdout.write(answer.status + " " + (await answer.text())))`;
  return (await runInside(web1, ["node", "-e", script])).stdout;
}

/** Whether a host opens a connection to a port of another within three seconds. */
async function reaches(from: string, port: number, to = "db2"): Promise<boolean> {
  const { address } = hostNamed(lab, to);
  const script = `timeout 3 bash -c 'exec 3<>/dev/tcp/${address}/${port}'`;
  return (await runInside(hostNamed(lab, from), ["sh", "-c", script])).code === 0;
}

describe("a whole site on bare hosts", () => {
  it("answers requests after one command, behind its firewall", async () => {
    await smc("secrets init");
    const { err } = await smc("up --yes");
    expect(err).toMatch(/done: \d+ changed/);
    expect(await answered("PUT")).toMatch(/^200 /);
    expect(await answered("GET")).toMatch(/^200 .*hello/);
    expect(await reaches("web1", 9042)).toBe(true);
    expect(await reaches("web1", 7000)).toBe(false);
    await smc("firewall status");
  });

  it("is left alone by a second one", async () => {
    expect((await smc("up --yes")).err).toMatch(/done: 0 changed, \d+ unchanged/);
  });

  it("takes in a new row by smc grow, though smc is killed in the middle, and nothing joins twice", async () => {
    await site.rewrite(servicesWith("db[1-3]"));
    const dry = await smc("grow --dry-run");
    expect(dry.out).toContain("db3 becomes part of lab; db3 joins the ring");
    const killed = site.spawn("grow", "--yes");
    await waitUntil(async () => hasStarted(await site.journal(), "ring: start cassandra@db3"), {
      what: "the start of db3",
      timeout: 60_000,
    });
    killed.kill("SIGKILL");
    await once(killed, "exit");
    await smc("resume");
    const { ring } = JSON.parse((await smc("ring --json")).out) as {
      ring: { nodes: { host: string; mode: string }[] };
    };
    expect(ring.nodes.map(({ host, mode }) => `${host} ${mode}`).sort()).toEqual([
      "db1 normal",
      "db2 normal",
      "db3 normal",
    ]);
    const starts = [
      "journalctl",
      "--quiet",
      "--output=cat",
      "--unit=smc-lab-cassandra.service",
      "--grep=^Started ",
    ];
    expect((await runInside(hostNamed(lab, "db3"), starts)).stdout.trim().split("\n")).toHaveLength(1);
    expect(await answered("GET")).toMatch(/^200 .*hello/);
    expect(await reaches("web1", 9042, "db3")).toBe(true);
    expect(await reaches("web1", 7000, "db3")).toBe(false);
    await smc("firewall status");
    await smc("status");
  });

  it("has nothing to grow by then, and is still left alone by a second smc up", async () => {
    expect((await smc("grow --yes")).err).toContain("the site has every host of the services file");
    expect((await smc("grow db3 --yes")).err).toMatch(/done: 0 changed, \d+ unchanged/);
    expect((await smc("up --yes")).err).toMatch(/done: 0 changed, \d+ unchanged/);
  });

  it("goes down by one, and keeps its firewall", async () => {
    const { err } = await smc("down --yes");
    expect(err).toMatch(/done: \d+ changed/);
    await smc("status", 3);
    await smc("firewall status");
  });
});
