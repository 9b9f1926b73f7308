import { describe, expect, it } from "vitest";
import { inspectHost } from "../../../src/commands/status/inspect.ts";
import type { InstanceStatus } from "../../../src/commands/status/model.ts";
import type { ProbeAnswer } from "../../../src/engine/performer.ts";
import { beginPlanning } from "../../../src/services/planners/request.ts";
import type { CommandResult, Connection } from "../../../src/transport/model.ts";
import { deploymentOf, describe as service, requestFor } from "../../helpers/site.ts";

const RUNS = ["ActiveState=active", "SubState=running", "Result=success", "MainPID=7", "MemoryCurrent=1024"];
const FAILED = ["ActiveState=failed", "SubState=failed", "Result=exit-code", "ExecMainStatus=1", "MainPID=0"];
const STOPPED = ["ActiveState=inactive", "SubState=dead", "Result=success", "MainPID=0"];

describe("what an instance is", () => {
  it.each([
    ["running", "yes"],
    ["starting", "no"],
    ["unknown", "unknown"],
  ] as const)("is %s when its unit runs and whether it answers is: %s", async (state, holds) => {
    const detail = holds === "yes" ? undefined : "what was seen";
    expect(await inspected(RUNS, { holds, evidence: "what was seen" })).toMatchObject({
      state,
      pid: 7,
      detail,
    });
  });

  it("is not serving when its unit runs for longer than it has to be ready, and it does not answer", async () => {
    const answer: ProbeAnswer = { holds: "no", evidence: "connection refused" };
    const seen = async (ago: number): Promise<string> => {
      const [day, time] = new Date(Date.now() - ago).toISOString().split(/[T.]/);
      return (await inspected([...RUNS, `ActiveEnterTimestamp=Sat ${day} ${time} UTC`], answer)).state;
    };
    expect([await seen(60_000), await seen(24 * 3_600_000)]).toEqual(["starting", "not serving"]);
  });

  it.each([
    ["failed", FAILED],
    ["stopped", STOPPED],
  ] as const)("is %s by its unit, whatever a probe would not be told", async (state, unit) => {
    const answer: ProbeAnswer = { holds: "unknown", evidence: "not asked" };
    expect((await inspected(unit, answer)).state).toBe(state);
  });
});

/** The status of a hub whose unit is as systemd says in these lines, and whose readiness gets this answer. */
async function inspected(unit: readonly string[], answer: ProbeAnswer): Promise<InstanceStatus> {
  const planning = beginPlanning(requestFor(deploymentOf({ hub: ["web1"] }), [service("hub")]));
  const [planned] = planning.instances.map(planning.render);
  if (planned === undefined) throw new Error("the site has a hub");
  const connection = systemdThatSays(unit.join("\n"), planned.target);
  const prober = (): Promise<ProbeAnswer> => Promise.resolve(answer);
  const [status] = await inspectHost(connection, { instances: [planned], prober });
  if (status === undefined) throw new Error("a hub was asked for");
  return status;
}

function systemdThatSays(stdout: string, target: Connection["target"]): Connection {
  const refuse = (): Promise<never> => Promise.reject(new Error("nothing else is asked of the host"));
  const run = (argv: readonly string[]): Promise<CommandResult> => {
    if (!argv.includes("systemctl")) return refuse();
    const end = { kind: "exited", code: 0 } as const;
    return Promise.resolve({
      host: target.name,
      argv,
      ok: true,
      end,
      stdout,
      stderr: "",
      startedAt: 0,
      duration: 0,
    });
  };
  return { target, run, readFile: refuse, writeFile: refuse, forward: refuse };
}
