import { rm } from "node:fs/promises";
import { afterAll, describe, expect, it } from "vitest";
import { hostNamed, removeLab, startLab } from "./harness/lab.ts";
import { labSite } from "./harness/lab-site.ts";
import { runInside } from "./harness/machine.ts";
import { stagePrograms } from "./harness/programs.ts";
import { smallSite } from "./harness/small-site.ts";

const lab = await startLab({ hosts: ["db1", "db2", "web1"], owned: true });
const programs = await stagePrograms();
const { cassandra, hub, nginx, haproxy } = smallSite(programs);
const site = await labSite(lab, {
  services: {
    cassandra: {
      ...cassandra,
      at: "db[1-2]",
      replication: { lab: { DC0: 2 }, system_auth: { DC0: 2 } },
      users: { operator: { superuser: true }, hub: { grant: { lab: "all" } } },
    },
    hub: { ...hub, instances: 1 },
    nginx,
    haproxy,
  },
});
const web1 = hostNamed(lab, "web1");

afterAll(async () => {
  await removeLab(lab.layout);
  await site.close();
  await rm(programs, { recursive: true, force: true });
});

async function smc(line: string, code = 0): Promise<{ out: string; err: string }> {
  const result = await site.smc(line);
  expect(`exit ${result.code}`, `${line}\n${result.out}${result.err}`).toBe(`exit ${code}`);
  return result;
}

/** What haproxy answers on its own host: the way in for others is stunnel, which this site has not. */
async function answered(method: "GET" | "PUT"): Promise<string> {
  const url = `http://${web1.address}:8001/hub/values/greeting`;
  const options = method === "PUT" ? { method, body: "hello" } : { method };
  const script = `fetch("${url}", ${JSON.stringify(options)}).then(async answer => process.stdout.write(answer.status + " " + (await answer.text())))`;
  return (await runInside(web1, ["node", "-e", script])).stdout;
}

/** Whether a host opens a connection to a port of db2 within a second. */
async function reaches(from: string, port: number): Promise<boolean> {
  const { address } = hostNamed(lab, "db2");
  const script = `timeout 1 bash -c 'exec 3<>/dev/tcp/${address}/${port}'`;
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

  it("goes down by one, and keeps its firewall", async () => {
    const { err } = await smc("down --yes");
    expect(err).toMatch(/done: \d+ changed/);
    await smc("status", 3);
    await smc("firewall status");
  });
});
