import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseSimulation, type Simulation } from "../../../../src/services/release/packages/simulation.ts";

/** What apt 2.6.1 of a Debian 12 printed. */
const UPGRADE = readFileSync(join(import.meta.dirname, "apt/upgrade-bookworm.txt"), "utf8");

describe("what apt says that it would do", () => {
  it("is read whole: real output of Debian 12", () => {
    const { changes, removed, keptBack } = parseSimulation(UPGRADE);
    expect([changes.length, removed, keptBack]).toEqual([127, [], []]);
    expect(changes).toContainEqual({
      name: "libssl3",
      architecture: "amd64",
      from: "3.0.19-1~deb12u2",
      to: "3.0.22-1~deb12u2",
    });
    expect(changes.find(({ name }) => name === "openjdk-17-jre-headless")).toMatchObject({
      architecture: "amd64",
    });
  });

  it("has packages that are new, kept back and removed", () => {
    const upgrade = `Reading package lists...
Building dependency tree...
Reading state information...
Calculating upgrade...
The following NEW packages will be installed:
  tiny-extra
The following packages have been kept back:
  clash held
The following packages will be upgraded:
  nat tiny
2 upgraded, 1 newly installed, 0 to remove and 2 not upgraded.
Inst nat [1] (2 localhost [amd64])
Inst tiny-extra (1 localhost [all])
Inst tiny [1.0] (1:2.0 localhost [all]) [tiny-common:amd64 ]
Conf nat (2 localhost [amd64])
Conf tiny-extra (1 localhost [all])
Conf tiny (1:2.0 localhost [all])
`;
    expect(parseSimulation(upgrade)).toEqual({
      changes: [
        { name: "nat", architecture: "amd64", from: "1", to: "2" },
        { name: "tiny-extra", architecture: "all", from: undefined, to: "1" },
        { name: "tiny", architecture: "all", from: "1.0", to: "1:2.0" },
      ],
      removed: [],
      keptBack: ["clash", "held"],
    });
    const removal = `The following packages will be REMOVED:
  victim
The following packages will be upgraded:
  clash
1 upgraded, 0 newly installed, 1 to remove and 4 not upgraded.
Remv victim [1]
Inst clash [1] (2 localhost [all])
Conf clash (2 localhost [all])
`;
    expect(parseSimulation(removal)).toMatchObject({ removed: ["victim"], changes: [{ name: "clash" }] });
  });

  it.each([
    ["Inst libssl3 3.0 (3.1 Debian)", "Inst libssl3 3.0"],
    ["The following packages are strange:\n  a", "are strange"],
    ["  a b", "  a b"],
    ["", "no line that counts"],
    ["1 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.", "(0 and 0 were read)"],
  ])("is refused with the line that is not known: %s", (output, line) => {
    expect(() => parseSimulation(output)).toThrow(line);
  });

  it("never loses a package: whatever is changed in the output, it is read as it was or refused", () => {
    const lines = UPGRADE.split("\n");
    const whole = parseSimulation(UPGRADE);
    const mutation = fc.oneof(
      fc.record({ at: fc.nat(lines.length - 1), to: fc.constant<string | undefined>(undefined) }),
      fc.record({ at: fc.nat(lines.length - 1), to: fc.string({ minLength: 1 }) }),
      fc.record({ at: fc.nat(lines.length - 1), cut: fc.nat(80) }).map(({ at, cut }) => ({
        at,
        to: (lines[at] ?? "").slice(0, cut),
      })),
    );
    fc.assert(
      fc.property(mutation, ({ at, to }) => {
        const changed = lines.toSpliced(at, 1, ...(to === undefined ? [] : [to])).join("\n");
        let read: Simulation;
        try {
          read = parseSimulation(changed);
        } catch {
          return;
        }
        expect(read.changes.map(({ name }) => name)).toEqual(whole.changes.map(({ name }) => name));
      }),
      { numRuns: 2000 },
    );
  });
});
