import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BOOTS_BY_KVM } from "../../src/machines/kvm.ts";
import { imagesAmong, filesOf, parseFiles } from "../../src/machines/seen.ts";
import { parseDomainList } from "../../src/machines/virsh.ts";

/** What virsh 9.0 of Debian 12 printed, with --quiet. */
const LIST = ` 1    vmx            running
 12   storm web 1    in shutdown
 -    storm-web2     shut off
`;
/** What find printed on a machine with one VM. */
const FILES = `27712 /var/lib/smc/images/guest-a/vmlinuz
29920 /var/lib/smc/images/guest-a/initrd.img
1010400 /var/lib/smc/images/guest-a/root.img
77 /var/lib/smc/images/.guest-b/root.img
1944 /var/lib/smc/disks/vmx/data.qcow2
8 /var/lib/smc/vms/vmx/domain.xml
21656 /var/lib/smc/vms/vmx/root.qcow2
8 /var/lib/smc/vms/vmx2/domain.xml
`;

describe("what virsh lists", () => {
  it("is read with names that have spaces", () => {
    expect(parseDomainList(LIST)).toEqual([
      { name: "vmx", state: "running" },
      { name: "storm web 1", state: "in shutdown" },
      { name: "storm-web2", state: "shut off" },
    ]);
    expect(parseDomainList("")).toEqual([]);
    expect(parseDomainList("\n")).toEqual([]);
  });

  it.each([
    "error: failed to connect to the hypervisor",
    " 1    vmx   dancing",
    " Id   Name   State",
    " 1    vmx",
  ])("stops at a line that is no domain: %s", line => {
    expect(() => parseDomainList(`${LIST}${line}\n`)).toThrow(line.trim());
  });

  it("loses no row: every line is one, or it is refused", () => {
    const lines = LIST.split("\n").slice(0, -1);
    fc.assert(
      fc.property(fc.nat(lines.length - 1), fc.nat(40), fc.string({ maxLength: 3 }), (row, at, text) => {
        const line = lines[row] ?? "";
        const mutated = lines.with(row, line.slice(0, at) + text + line.slice(at + 1));
        const wanted = mutated
          .join("\n")
          .split("\n")
          .filter(word => word.trim() !== "").length;
        let read: number | undefined;
        try {
          read = parseDomainList(mutated.join("\n")).length;
        } catch {
          return;
        }
        expect(read).toBe(wanted);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("the files of a machine", () => {
  it("are read, with those of a VM apart from those of one whose name goes on", () => {
    const files = parseFiles(FILES);
    expect(filesOf("vmx", files).map(({ path, used }) => [path, used])).toEqual([
      ["/var/lib/smc/disks/vmx/data.qcow2", 1944 * 512],
      ["/var/lib/smc/vms/vmx/domain.xml", 8 * 512],
      ["/var/lib/smc/vms/vmx/root.qcow2", 21656 * 512],
    ]);
  });

  it("have base images in folders of their names; what is being written is none", () => {
    expect(imagesAmong(parseFiles(FILES))).toEqual(["guest-a"]);
  });

  it("are refused where a line is no file", () => {
    expect(() => parseFiles("12 /a\nfind: '/x': Permission denied\n")).toThrow("Permission denied");
  });
});

it("asks KVM with a boot sector of 512 bytes that ends as one", () => {
  const octal = [...BOOTS_BY_KVM.matchAll(/printf '((?:\\\d{3})+)'/g)].map(([, digits = ""]) =>
    digits
      .split("\\")
      .slice(1)
      .map(word => Number.parseInt(word, 8)),
  );
  expect(octal).toEqual([
    [0xba, 0xf4, 0x00, 0xb0, 0x10, 0xee, 0xf4],
    [0x55, 0xaa],
  ]);
});
