import { describe, expect, it } from "vitest";
import { short } from "../support.ts";
import { importedText, runImport } from "./support.ts";

const HOSTS = "10.1.1.1 kvm-host cloud1\n10.1.1.2 hub web1\n";

/** An import of a few lines of `services`, below a section that uses `x`. */
function withLines(lines: readonly string[], set: readonly string[] = []) {
  return runImport({ hosts: HOSTS, services: lines.join("\n") }, set);
}

const USE = ["[snap] {'snap_dir':'/mnt/%s' % x}", "web1"];

function valueOfX(lines: readonly string[], set: readonly string[] = []): string | undefined {
  return /dir: \/mnt\/([^\s}]+)/.exec(
    importedText({ hosts: HOSTS, services: [...lines, ...USE].join("\n") }, set),
  )?.[1];
}

describe("statements of a services file", () => {
  it.each([
    [["x = 5"], "5"],
    [["x = y = 5; x = y + 1"], "6"],
    [["import os; x = 7"], "7"],
    [["import os, sys", "x = 8"], "8"],
    [["(a, x) = 1, 9"], "9"],
    [["[a, x] = [1, 10]"], "10"],
    [["a, x = 'b', 'c' # d"], "c"],
    [["x=1", "x+=1", "x *= 6"], "12"],
    [["  x = 'with = in it'"], "with"],
  ])("reads %j", (lines, value) => {
    expect(valueOfX(lines)).toBe(value);
  });

  it.each([
    ["x = os.popen('ls').read()", "1:5 error: os.popen(…).read(…) would have to be executed"],
    ["y = 1; x = len('a')", "1:12 error: len(…) would have to be executed"],
    ["if True: x = 1", '1:1 error: "if" would have to be executed'],
    ["for i in range(3): x = i", '1:1 error: "for" would have to be executed'],
    ["x = {}; x['a'] = 1", "1:10 error: only names can be given a value here"],
    ["x = [i for i in range(3)]", '1:8 error: "for" would have to be executed'],
    ["x = 'a' if 1 else 'b'", '1:9 error: "if" would have to be executed'],
    ["x = 'never closed", "1:5 error: the string has no closing '"],
    ["x = [1,", "1:8 error: the line ends too early"],
  ])("stops at %s and asks for x", (line, message) => {
    const { text, problems } = withLines([line, ...USE]);
    expect(text).toBeUndefined();
    expect(problems.map(short)).toEqual([`${message} | give the value: --set x=VALUE`]);
    expect(valueOfX([line], ["x=given"])).toBe("given");
  });

  it.each(["print 'x'", "def f(x=1): return x", "exec 'x = 1'", "assert 1"])("executes nothing: %s", line => {
    const { text, problems } = withLines([line, "[hub]", "web1"]);
    expect(text).toBeUndefined();
    expect(problems.map(short)).toEqual([
      expect.stringMatching(/^1:1 error: .* would have to be executed \|/),
    ]);
  });

  it("needs no value for a name that only a given one is made of", () => {
    const lines = ["y = os.popen('virsh list').read()", "x = [i for i in os.listdir('/') if i not in y][0]"];
    expect(valueOfX(lines, ["x=image"])).toBe("image");
    const { problems } = withLines([...lines, "[snap] {'snap_dir':y}", "web1"], ["x=image"]);
    expect(problems.map(short)).toEqual([
      "1:5 error: os.popen(…).read(…) would have to be executed | give the value: --set y=VALUE",
    ]);
  });

  it("asks for a name that nothing uses too", () => {
    const { problems } = withLines(["y = os.getcwd()", "[hub]", "web1"]);
    expect(problems).toHaveLength(1);
  });

  it("takes a row for a row, whatever its texts say", () => {
    const text = importedText({ hosts: HOSTS, services: "[snap]\nweb1 {'snap_dir':'/mnt/a=b'}\n" });
    expect(text).toContain("dir: /mnt/a=b");
  });
});

describe("rows and sections of a services file", () => {
  it("takes a section whose bracket is not closed, as the old parser did", () => {
    expect(importedText({ hosts: HOSTS, services: "[snap {'snap_dir':'/a'}\nweb1\n" })).toContain("dir: /a");
  });

  it("says what is wrong with a number", () => {
    const { problems } = withLines(["[vm]", "cloud1 {'hostname':'web1', 'ram':10**400}"]);
    expect(problems.map(({ message }) => message)).toEqual(["ram: a number is expected, not one this large"]);
  });
});
