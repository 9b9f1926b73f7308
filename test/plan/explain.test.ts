import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { explainHead, explainLines, explainPlan } from "../../src/plan/explain.ts";
import type { Action, ProcessUnit, Step } from "../../src/plan/model.ts";
import { hostileStrings } from "../transport/hostile-strings.ts";
import { repairOf } from "../helpers/repair-action.ts";
import { makePlan, makeStep } from "../helpers/make-plan.ts";

const systemd = { manager: "systemd", name: "smc-hub0.service", log: "/var/log/hub0.log" } as const;
const program: ProcessUnit = {
  manager: "process",
  name: "hub0",
  folder: "/run",
  log: "/log/hub0.log",
  argv: ["node", "my hub.js"],
  env: { PORT: "1" },
  directory: "/srv",
  limits: {},
  stopSignal: "INT",
};
const endpoint = { address: "10.0.0.1", port: 9042, logins: [] };

function commandOf(action: Action): string | undefined {
  return explainPlan(makePlan([makeStep("step", { action })]))[0]?.command;
}

describe("the command of a step", () => {
  it.each<[Action, string]>([
    [{ kind: "run", argv: ["echo", "a b"], env: { A: "1" } }, "env A\\=1 echo 'a b'"],
    [{ kind: "run", argv: ["true"], runAs: "root" }, "sudo -n -u root true"],
    [
      { kind: "put", path: "/etc/pass word", content: ["key: ", { secret: "cassandra/hub" }], mode: 0o600 },
      "write '/etc/pass word' (5 characters, secret cassandra/hub, mode 0600)",
    ],
    [
      { kind: "put", path: "/etc/password", content: [{ secret: "cassandra/hub" }, "\n"], mode: 0o600 },
      "write /etc/password (secret cassandra/hub, mode 0600)",
    ],
    [
      { kind: "put", path: "/etc/a", content: ["x"], mode: 0o640, owner: "hub" },
      "write /etc/a (1 character, mode 0640, owner hub)",
    ],
    [
      {
        kind: "push",
        artefact: { name: "hub", version: "2", source: { kind: "folder", path: "/hub" } },
        folder: "/opt/smc/hub",
      },
      "push hub 2 into /opt/smc/hub",
    ],
    [
      { kind: "unit", operation: "restart", unit: systemd, runAs: "root" },
      "sudo -n -u root systemctl restart smc-hub0.service",
    ],
    [
      { kind: "unit", operation: "start", unit: program },
      "start in /srv: env PORT\\=1 node 'my hub.js' >>/log/hub0.log",
    ],
    [{ kind: "unit", operation: "stop", unit: program }, "kill -s INT the process group of hub0"],
    [
      { kind: "socket", socket: "/run/a.sock", send: "show stat", expect: "^#" },
      "printf '%s\\n' 'show stat' | socat - /run/a.sock",
    ],
    [
      {
        kind: "cql",
        endpoint,
        statements: [["CREATE ROLE hub WITH PASSWORD = ", { secret: "cassandra/hub" }]],
      },
      "CREATE ROLE hub WITH PASSWORD = [secret cassandra/hub];",
    ],
    [
      { kind: "wait", probe: { kind: "tcp", address: "10.0.0.1", port: 80 }, interval: 500 },
      "wait until 10.0.0.1:80 accepts connections",
    ],
    [
      {
        kind: "wait",
        probe: { kind: "ports", free: [{ address: "10.0.0.1", port: 80 }] },
        interval: 500,
      },
      "wait until nobody listens at 10.0.0.1:80",
    ],
  ])("%j", (action, command) => {
    expect(commandOf(action)).toBe(command);
  });

  it("can be pasted into a shell as it stands, whatever its words hold", () => {
    const argv = ["printf", "%s\\0", ...hostileStrings.filter(text => !text.includes("\0"))];
    const command = commandOf({ kind: "run", argv }) ?? "";
    const printed = execFileSync("/bin/sh", ["-c", command], { encoding: "utf8" });
    expect(printed.split("\0").slice(0, -1)).toEqual(argv.slice(2));
  });
});

describe("a repair", () => {
  const argv = ["nodetool", "repair", "site"];
  const repair = { ...repairOf(["host1", "host2"]), runAs: "salvus" };
  const commands = (count: number) => Array.from({ length: count }, () => ({ argv, ranges: [] }));

  it("is shown with its commands, of very many the first ones", () => {
    const one = "sudo -n -u salvus nodetool repair site";
    expect(commandOf({ ...repair, commands: commands(1) })).toBe(one);
    expect(commandOf({ ...repair, commands: commands(3) })).toBe(`${one}; ${one}; ${one}`);
    expect(commandOf({ ...repair, commands: commands(5) })).toBe(
      `${one}; ${one}; ${one}; and 2 more for further ranges`,
    );
  });

  it("says what it waits for, and what makes it needless", () => {
    const [step] = explainPlan(makePlan([makeStep("repair", { action: repair })]));
    expect(step?.guards).toEqual([
      "no repair is under way on host[1-2]; waits at most 10s for another",
      "the ring has the nodes and tokens that the ranges were cut for",
    ]);
    expect(step?.unless).toBe("the ledger has it since 2026-11-27T04:00:00.000Z");
  });
});

describe("what guards a step", () => {
  const gate: Partial<Step> = {
    title: "wait until the database answers",
    action: { kind: "wait", probe: { kind: "tcp", address: "a", port: 1 }, interval: 500 },
    timeout: 60_000,
  };
  const plan = makePlan([
    makeStep("ready one", gate),
    makeStep("ready two", gate),
    makeStep("start hub", {
      needs: ["ready one"],
      needsSome: [{ of: ["ready one", "ready two"], atLeast: 1 }],
      turn: { group: "join" },
      done: { kind: "unit", unit: systemd, state: "running" },
    }),
    makeStep("reload hub", { whenChanged: ["start hub"] }),
  ]);
  const [ready, , start, reload] = explainPlan(plan);

  it("is named: its gates, the numbers that it needs, and its turn", () => {
    expect(ready?.guards).toEqual(["at most 1m 0s"]);
    expect(start?.guards).toEqual([
      "wait until the database answers",
      "at least 1 of: ready one, ready two",
      "one at a time (join)",
    ]);
  });

  it("is shown with the step, and when the step is needless", () => {
    expect(start?.unless).toBe("smc-hub0.service is running");
    expect(reload?.unless).toBe("nothing changed in: start hub");
    expect(start === undefined ? "" : explainLines(start, 3)).toBe(
      "   3. host1: start hub\n      true\n      gate: wait until the database answers\n" +
        "      gate: at least 1 of: ready one, ready two\n      gate: one at a time (join)\n" +
        "      unless smc-hub0.service is running\n",
    );
    expect(explainHead(plan)).toBe("smc start hub\ntest: 4 steps on 1 host: host1\n");
  });
});
