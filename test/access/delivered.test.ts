import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { deliveriesOf, lookCommand, parseSecrets, type SeenSecrets } from "../../src/access/delivered.ts";
import type { DeliveredSecret } from "../../src/inventory/model.ts";
import { temporaryFolder } from "../helpers/temporary-folder.ts";

const [A, B] = ["a".repeat(64), "b".repeat(64)] as [string, string];
const secret: DeliveredSecret = {
  name: "keys/backup",
  path: "/etc/backup/key",
  owner: "salvus",
  mode: 0o600,
  hosts: ["web1"],
};
const file = { mode: 0o600, owner: "salvus:salvus", hash: A };

function state(seen: Partial<SeenSecrets> | { why: string }, hash: string | null = A) {
  const known =
    "why" in seen ? seen : { record: new Map(), shared: new Set<string>(), files: new Map(), ...seen };
  return deliveriesOf(["web1"], {
    secrets: [secret],
    hashes: new Map(hash === null ? [] : [[secret.name, hash]]),
    seen: new Map([["web1", known]]),
  });
}

describe("a secret on a host", () => {
  const record = new Map([[secret.path, A]]);
  const files = new Map([[secret.path, file]]);

  it("is delivered only with its content, mode, owner and record", () => {
    expect(state({ record, files })).toMatchObject([{ state: "delivered" }]);
    const details = [
      state({ record, files }, B),
      state({ record, files }, null),
      state({ record, files: new Map([[secret.path, { ...file, mode: 0o644 }]]) }),
      state({ record, files: new Map([[secret.path, { ...file, owner: "root:salvus" }]]) }),
      state({ record: new Map([[secret.path, "pending"]]), files }),
      state({ files }),
    ].map(([one]) => `${one?.state}: ${one?.detail}`);
    expect(details).toEqual([
      "differs: content",
      "differs: content",
      "differs: mode 644",
      "differs: owner root:salvus",
      "differs: not recorded as brought by smc",
      "differs: not recorded as brought by smc",
    ]);
    expect(state({ record })).toMatchObject([{ state: "missing" }]);
  });

  it("is unknown on a host that does not answer, also where it needs none", () => {
    expect(state({ why: "timed out" })).toMatchObject([{ state: "unknown", secret: secret.name }]);
    const none = { secrets: [], hashes: new Map(), seen: new Map([["web1", { why: "timed out" }]]) };
    expect(deliveriesOf(["web1"], none)).toMatchObject([{ state: "unknown", detail: "timed out" }]);
    expect(deliveriesOf(["web1"], { ...none, seen: new Map() })).toMatchObject([{ state: "unknown" }]);
  });

  it("is unneeded where smc brought it and the file gives it to others, unless somebody changed it since", () => {
    const left = (recorded: string, { found = true, shared = false } = {}) => {
      const seen = {
        record: new Map([["/old", recorded]]),
        shared: new Set(shared ? ["/old"] : []),
        files: new Map(found ? [["/old", file]] : []),
      };
      const words = { secrets: [], hashes: new Map(), seen: new Map([["web1", seen]]) };
      return deliveriesOf(["web1"], words)[0]?.state;
    };
    const unneeded = [
      left(A),
      left(A, { found: false }),
      left(`pending:${A}`),
      left(`pending:${B}:${A}`),
      left("pending", { found: false }),
      left(B, { shared: true }),
    ];
    expect(unneeded).toEqual(unneeded.map(() => "unneeded"));
    const foreign = [left(B), left("pending"), left(`pending:${B}`), left(`pending:${B}:${B}`)];
    expect(foreign).toEqual(foreign.map(() => "foreign"));
  });
});

describe("what a host tells of its secrets", () => {
  it("is read from a real shell", async () => {
    const folder = await temporaryFolder();
    const [there, gone, record] = ["there", "gone", "record/site"].map(name => join(folder, name)) as [
      string,
      string,
      string,
    ];
    await mkdir(join(folder, "record"));
    await writeFile(there, "x\n", { mode: 0o640 });
    await writeFile(record, `pending:${A}:${B} ${gone}\n${A} ${there}\n`);
    await writeFile(join(folder, "record/other"), `${A} ${there}\n`);
    for (const own of ["site.lock", "site.new"])
      await writeFile(join(folder, "record", own), `${A} ${gone}\n`);
    const [program = "", ...words] = lookCommand(record, [there]);
    const { stdout } = await promisify(execFile)(program, words);
    const seen = parseSecrets(stdout);
    expect([...(seen?.record ?? [])]).toEqual([
      [gone, `pending:${A}:${B}`],
      [there, A],
    ]);
    expect([...(seen?.shared ?? [])]).toEqual([there]);
    expect([...(seen?.files ?? [])]).toMatchObject([
      [there, { mode: 0o640, hash: "73cb3858a687a8494ca3323053016282f3dad39d42cf62ca4e79dda2aac7d9ac" }],
    ]);
    const none = lookCommand(join(folder, "none/nothing"), []);
    const empty = await promisify(execFile)(none[0] ?? "", none.slice(1));
    expect(parseSecrets(empty.stdout)).toEqual({
      record: new Map(),
      shared: new Set(),
      files: new Map(),
    });
  });

  it.each([
    "",
    "@record\n@shared\n@files\n",
    "@record\n@files\n@end\n",
    "@record\nnonsense\n@shared\n@files\n@end\n",
    `@record\npending:${A}:${A}:${A} /x\n@shared\n@files\n@end\n`,
    `@record\n@shared\n@files\n600 a ${A} /x\n@end\n`,
  ])("is not read when it is not whole and of its form: %j", text => {
    expect(parseSecrets(text)).toBeUndefined();
  });
});
