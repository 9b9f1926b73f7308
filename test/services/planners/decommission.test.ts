import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Probe } from "../../../src/plan/model.ts";
import { cassandra } from "../../../src/services/cassandra/cassandra.ts";
import { CassandraSettingsSchema } from "../../../src/services/cassandra/settings.ts";
import { planShrink } from "../../../src/services/planners/grow/shrink.ts";
import { step } from "../../helpers/plan.ts";
import { decisionOf } from "../../helpers/ring-decision.ts";
import { deploymentOf, requestFor } from "../../helpers/site.ts";
import { makeFolder, removeFolder } from "../../helpers/work.ts";

/**
 * A nodetool whose decommission goes on until a file `go` is there: then it ends well, or badly where that says so. It counts how
 * often it was asked for one.
 */
const TOOL = `#!/bin/sh
cd "$(dirname "$0")" || exit
case $1 in
  netstats) if [ -e leaving ]; then echo "Mode: LEAVING"; else echo "Mode: NORMAL"; fi ;;
  decommission)
    echo asked >>count
    grep -qs refuse go && { echo "error: not now" >&2; exit 2; }
    touch leaving
    until [ -e go ]; do sleep 0.05; done
    grep -qs break go && { echo "error: Stream failed" >&2; exit 2; }
    grep -qs busy go && { echo "error: Node is still decommissioning. Check nodetool netstats." >&2; exit 2; }
    mkdir -p data/system/local-1 && echo DECOMMISSIONED >data/system/local-1/oa-1-big-Data.db
    ;;
esac
`;

let folder = "";
const path = (name: string): string => join(folder, name);
const site = deploymentOf({ cassandra: ["db1", "db2"] });
const settings = v.parse(CassandraSettingsSchema, {});
const deployment = { ...site, instances: site.instances.map(one => ({ ...one, settings: { ...settings } })) };
const plan = planShrink(requestFor(deployment, [cassandra], { instances: deployment.instances.slice(1) }), {
  ring: decisionOf(deployment, { waves: [] }).ring,
});
const { action: begin, done } = step(plan, "decommission cassandra@db2");
const { done: isOnItsWay } = step(plan, "ring before cassandra@db2");
const { action: left } = step(plan, "left cassandra@db2");

beforeEach(async () => {
  folder = await makeFolder();
  await mkdir(path("data"));
  await writeFile(path("nodetool"), TOOL);
  await chmod(path("nodetool"), 0o755);
});
afterEach(async () => {
  // Whatever waits still comes to its end.
  await writeFile(path("go"), "");
  await removeFolder(folder);
});

describe("the decommission on a host", () => {
  it("ends its step when the node leaves, goes on by itself, and is begun once", async () => {
    expect(holds(done)).toBe(false);
    expect(beginIt().status).toBe(0);
    expect(holds(done)).toBe(true);
    expect(beginIt().status).toBe(0);
    expect(asked()).toBe(1);
    expect(probesOfLeft().map(holds)).toEqual([true, false]);
    await writeFile(path("go"), "");
    await expect.poll(() => probesOfLeft().map(holds), { timeout: 5000 }).toEqual([true, true]);
    expect(holds(done)).toBe(true);
  });

  it("tells why it failed, and can be begun anew", async () => {
    await writeFile(path("go"), "refuse");
    expect(beginIt()).toMatchObject({ status: 1, stderr: "error: not now\n" });
    expect(probesOfLeft().map(holds)).toEqual([false, false]);
    await writeFile(path("go"), "");
    expect(beginIt().status).toBe(0);
    await expect.poll(() => probesOfLeft().map(holds), { timeout: 5000 }).toEqual([true, true]);
    expect(asked()).toBe(2);
  });

  it("is begun anew where it failed on the way, though a node of 4.1 still says that it leaves", async () => {
    expect(beginIt().status).toBe(0);
    await writeFile(path("go"), "break");
    await expect.poll(() => probesOfLeft().map(holds), { timeout: 5000 }).toEqual([false, false]);
    expect([isOnItsWay, done].map(holds)).toEqual([true, false]);
    await rm(path("go"));
    expect(beginIt().status).toBe(0);
    expect(holds(done)).toBe(true);
    await writeFile(path("go"), "");
    await expect.poll(() => probesOfLeft().map(holds), { timeout: 5000 }).toEqual([true, true]);
    expect(asked()).toBe(2);
  });

  it("is not waited for where the node was started anew meanwhile", async () => {
    expect(probesOfLeft().map(holds)).toEqual([false, false]);
    await writeFile(path("leaving"), "");
    expect(probesOfLeft().map(holds)).toEqual([true, false]);
  });

  it("goes on where the node is at it, though the nodetool that began it was lost", async () => {
    await writeFile(path("leaving"), "");
    await writeFile(path("decommission.end"), "2\n");
    await writeFile(path("go"), "busy");
    expect(holds(done)).toBe(false);
    expect(beginIt().status).toBe(0);
    const end = (): string =>
      existsSync(path("decommission.end")) ? readFileSync(path("decommission.end"), "utf8") : "";
    await expect.poll(end, { timeout: 5000 }).toBe("0\n");
    expect(holds(done)).toBe(true);
    expect(probesOfLeft().map(holds)).toEqual([true, false]);
  });
});

function beginIt() {
  if (begin.kind !== "run") throw new Error("a command");
  const [program, ...words] = [
    ...begin.argv.slice(0, 4),
    path("decommission"),
    path("data"),
    path("nodetool"),
  ];
  return spawnSync(program, words, { encoding: "utf8", timeout: 20_000 });
}

function asked(): number {
  return existsSync(path("count")) ? readFileSync(path("count"), "utf8").split("\n").length - 1 : 0;
}

/** Whether it has not failed, and whether it has left. */
function probesOfLeft(): readonly Probe[] {
  if (left.kind !== "wait" || left.probe.kind !== "streamed" || left.probe.until.kind !== "all")
    throw new Error("a wait for streams");
  return left.probe.until.probes;
}

/** Asks a command of the plan about the folder of this test. */
function holds(probe: Probe | undefined): boolean {
  if (probe?.kind !== "command") throw new Error("a command");
  const own = probe.argv.slice(4).map(word => {
    if (word.endsWith("/decommission")) return path("decommission");
    return word.endsWith("/nodetool") ? path("nodetool") : path("data");
  });
  const [program = "", ...words] = [...probe.argv.slice(0, 4), ...own];
  try {
    execFileSync(program, words, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
