import { once } from "node:events";
import { text } from "node:stream/consumers";
import { afterAll, describe, expect, it } from "vitest";
import type { SmcResult } from "../helpers/smc.ts";
import { blackholeFrom, heal } from "./harness/faults.ts";
import { hostNamed, removeLab, startLab } from "./harness/lab.ts";
import { labSite } from "./harness/lab-site.ts";
import { runInside } from "./harness/machine.ts";
import { smallSite } from "./harness/small-site.ts";
import { waitUntil } from "./harness/wait-until.ts";

const NAMES = ["db1", "db2", "db3"];

const lab = await startLab({ hosts: NAMES, owned: true });
const { cassandra } = smallSite("");
const site = await labSite(lab, {
  services: { cassandra: { ...cassandra, num_tokens: 4, users: { operator: { superuser: true } } } },
});

afterAll(async () => {
  await removeLab(lab.layout);
  await site.close();
});

async function smc(line: string, code = 0): Promise<SmcResult> {
  const result = await site.smc(line);
  expect(`exit ${result.code}`, `${line}\n${result.out}${result.err}`).toBe(`exit ${code}`);
  return result;
}

/** How often systemd has started the node of each host. */
async function starts(): Promise<Record<string, number>> {
  const counts = await Promise.all(
    NAMES.map(async name => {
      const journal = ["journalctl", "--quiet", "--output=cat", "--unit=smc-lab-cassandra.service"];
      const { stdout } = await runInside(hostNamed(lab, name), [...journal, "--grep=^Started "]);
      return [name, stdout.trim().split("\n").length] as const;
    }),
  );
  return Object.fromEntries(counts);
}

const begun = async (step: string): Promise<boolean> =>
  (await site.journal()).some(record => record["type"] === "step-started" && record["step"] === step);

describe("the database of three real hosts, over SSH", () => {
  it("comes up", async () => {
    await smc("secrets init");
    expect((await smc("start cassandra")).err).toMatch(/done: \d+ changed/);
  }, 420_000);

  it("has no second node stopped when SSH is cut in the middle of a restart, and goes on by resume", async () => {
    const before = await starts();
    const earlier = (await site.journal())[0];
    const child = site.spawn("restart", "cassandra", "--rolling", "--yes");
    const [said, closed] = [text(child.stderr), once(child, "close")];
    const underWay = async (): Promise<boolean> =>
      (await site.journal())[0]?.["run"] !== earlier?.["run"] && (await begun("restart cassandra@db1"));
    await waitUntil(underWay, { what: "the restart of the first node", timeout: 120_000, interval: 50 });
    await blackholeFrom(hostNamed(lab, "db1"), lab.layout.controllerAddress);
    try {
      await closed;
      expect([child.exitCode, await said]).toEqual([1, expect.stringMatching(/failed .*db1: /)]);
      const cut = await starts();
      expect({ ...cut, db1: 0 }).toEqual({ ...before, db1: 0 });
    } finally {
      await heal(hostNamed(lab, "db1"));
    }
    const { err } = await smc("resume");
    expect(err).toMatch(/done: \d+ changed/);
    expect(await starts()).toEqual(Object.fromEntries(NAMES.map(name => [name, (before[name] ?? 0) + 1])));
  }, 420_000);
});
