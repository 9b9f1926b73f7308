import { describe, expect, it } from "vitest";
import { ExitCode } from "../../src/base/exit-code.ts";
import { pinImages, resolveImage } from "../../src/machines/images.ts";
import { vmNamed } from "./vms.ts";

const OLD = "salvus-2026-01-02-0300";
const NEW = "salvus-2026-10-02-0300";

describe("an image", () => {
  it("is the newest that matches, or the one that is named", () => {
    expect(resolveImage({ newest: "salvus-*" }, [NEW, OLD, "zebra-2027-01-01-0000"])).toBe(NEW);
    expect(resolveImage(OLD, [NEW, OLD])).toBe(OLD);
    expect(resolveImage("salvus", [NEW, OLD])).toBeUndefined();
    expect(resolveImage({ newest: "s.lvus-*" }, [NEW])).toBeUndefined();
  });

  it("is the same for all VMs of a plan", () => {
    const there = new Map([
      ["cloud1", [OLD, NEW]],
      ["cloud2", [NEW]],
    ]);
    const pinned = pinImages([vmNamed("db1"), vmNamed("db2")], there);
    expect([...pinned]).toEqual([
      ["db1", NEW],
      ["db2", NEW],
    ]);
  });

  it("is refused where a machine lacks it: an older one is not taken instead", () => {
    const there = new Map([
      ["cloud1", [OLD, NEW]],
      ["cloud2", [OLD]],
    ]);
    expect(() => pinImages([vmNamed("db1"), vmNamed("db2")], there)).toThrow(
      expect.objectContaining({ exit: ExitCode.Refused, details: [`db2: cloud2 lacks the image ${NEW}`] }),
    );
    expect(() => pinImages([vmNamed("db1")], new Map([["cloud1", []]]))).toThrow(
      expect.objectContaining({ details: ["db1: no machine has the image newest salvus-*"] }),
    );
  });
});
