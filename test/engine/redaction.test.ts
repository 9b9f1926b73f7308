import { expect, it } from "vitest";
import { Secret } from "../../src/base/secret.ts";
import { RunSecrets } from "../../src/engine/run-secrets.ts";
import { makeStep } from "../helpers/make-plan.ts";
import { limits, localPerformer } from "../helpers/work.ts";

it("masks a secret in the evidence of a probe wherever the evidence is cut", async () => {
  const secret = "correct horse  battery-staple";
  const performer = localPerformer({ secrets: { "cassandra/hub": secret } });
  const step = makeStep("step");
  const use = { kind: "run", argv: ["cat"], stdin: [{ secret: "cassandra/hub" }] } as const;
  await performer.perform(step, use, limits());
  for (const after of [100, 131, 145, 155, 158]) {
    const argv = ["printf", "%s", `${secret}${"-".repeat(after)}`];
    const { evidence } = await performer.ask(step, { kind: "command", argv, stdout: "never" }, limits());
    const pieces = Array.from({ length: secret.length - 3 }, (_, index) => secret.slice(index, index + 4));
    expect(pieces.filter(piece => evidence.includes(piece))).toEqual([]);
    expect(evidence).toContain("-".repeat(after));
  }
});

it.each([
  ["it's", "it''s"],
  ['say "x"', 'say ""x""'],
  ['say "x"', '{"a":"say \\"x\\""}'],
  ["back\\slash", '{"a":"back\\\\slash"}'],
])("masks %s in %s", async (value, text) => {
  const secrets = new RunSecrets({
    get: () => Promise.resolve(new Secret(value)),
    all: () => Promise.resolve([]),
  });
  await secrets.get("any");
  expect(secrets.redact(text).replace(/^\{"a":"(.*)"\}$/, "$1")).toBe("[secret]");
});

it("masks the longer of two secrets when one holds the other", async () => {
  const values: Record<string, string> = { short: "hunter", long: "hunter2-extra" };
  const secrets = new RunSecrets({
    get: name => Promise.resolve(new Secret(values[name] ?? "")),
    all: () => Promise.resolve([]),
  });
  await secrets.get("short");
  await secrets.get("long");
  expect(secrets.redact("hunter2-extra hunter")).toBe("[secret] [secret]");
});
