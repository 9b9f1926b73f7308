import { describe, expect, it } from "vitest";
import { isUnmade, type SeenVm } from "../../src/machines/seen.ts";
import { vmNamed } from "./vms.ts";

const absent: SeenVm = { state: "absent", made: false, used: 0 };

describe("a VM of which there is nothing", () => {
  it("is one that libvirt does not list, without a file and without a device", () => {
    const db1 = vmNamed("db1");
    expect(isUnmade(db1, absent)).toBe(true);
    const others: SeenVm[] = [
      { ...absent, used: 4096 },
      { ...absent, used: undefined },
      { ...absent, state: "unknown" },
    ];
    for (const seen of others) expect(isUnmade(db1, seen)).toBe(false);
    expect(isUnmade(vmNamed("web1"), absent)).toBe(false);
  });
});
