import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Host, Instance } from "../../src/inventory/model.ts";
import type { RenderedInstance } from "../../src/services/model.ts";
import { systemdUnitFile } from "../../src/services/systemd-unit.ts";

const instance: Instance = {
  name: "hub0@web3",
  service: "hub",
  host: "web3",
  id: 0,
  ports: {},
  settings: {},
};

const host: Host = {
  name: "web3",
  kind: "vm",
  address: "10.1.3.3",
  public: undefined,
  user: "salvus",
  dc: "DC1",
  rack: undefined,
  site: undefined,
  role: "web",
  tags: [],
  managed: true,
  ram: undefined,
  cores: undefined,
  disk: undefined,
  vm: undefined,
};

function renderedWith(more: Partial<RenderedInstance>, command: Partial<RenderedInstance["command"]> = {}) {
  const rendered: RenderedInstance = {
    software: { kind: "none" },
    folders: [],
    files: [],
    user: "",
    command: { argv: ["/bin/true"], env: {}, directory: "/", limits: {}, stopSignal: "TERM", ...command },
    log: "/var/log/smc/cloud/hub0/hub.log",
    listens: [],
    ready: { kind: "tcp", address: "10.1.3.3", port: 5000 },
    ...more,
  };
  return { instance, host, rendered };
}

function line(text: string, key: string): string | undefined {
  return text.split("\n").find(candidate => candidate.startsWith(`${key}=`));
}

describe("systemdUnitFile", () => {
  it("is the golden file for an instance with everything", async () => {
    const source = renderedWith(
      {
        folders: [
          { path: "/etc/smc/cloud/hub0", mode: 0o750 },
          { path: "/run/smc/cloud/hub0", mode: 0o750 },
        ],
        listens: [{ address: "10.1.3.3", port: 443 }],
      },
      {
        argv: ["./hub", "nodaemon", "--note", String.raw`50% of $5, "a\b"`],
        env: { PATH: "/usr/bin:/bin", GREETING: '100% "sure" $HOME' },
        directory: "/home/salvus/salvus",
        limits: { n: 100_000, l: -1 },
      },
    );
    await expect(systemdUnitFile(source)).toMatchFileSnapshot("golden/hub.service");
  });

  it("gives the same text whatever the order of the environment", () => {
    const one = renderedWith({}, { env: { A: "1", B: "2" }, limits: { n: 1, u: 2 } });
    const other = renderedWith({}, { env: { B: "2", A: "1" }, limits: { u: 2, n: 1 } });
    expect(systemdUnitFile(one)).toBe(systemdUnitFile(other));
  });

  it("gives root neither the capability nor the log", () => {
    const text = systemdUnitFile(renderedWith({ user: "root", listens: [{ address: "0.0.0.0", port: 80 }] }));
    expect(line(text, "User")).toBe("User=root");
    expect(line(text, "AmbientCapabilities")).toBeUndefined();
    expect(line(text, "ExecStartPre")).toBeUndefined();
  });

  it("looks up a program without a slash as it is", () => {
    const text = systemdUnitFile(renderedWith({}, { argv: ["haproxy"], directory: "/srv" }));
    expect(line(text, "ExecStart")).toBe('ExecStart="haproxy"');
  });

  it("refuses a limit that it does not know", () => {
    expect(() => systemdUnitFile(renderedWith({}, { limits: { z: 1 } }))).toThrow(/"z"/);
  });

  it("writes any argument on one line that reads back as the argument", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), argument => {
        fc.pre(!/[\r\0\v\f\x85\u2028\u2029]/.test(argument));
        const exec = line(systemdUnitFile(renderedWith({}, { argv: ["/x", argument] })), "ExecStart");
        expect(exec?.slice('ExecStart="/x" '.length)).toSatisfy((word: string) => unquote(word) === argument);
      }),
    );
  });
});

/** What systemd makes of one quoted word, by its manual. */
function unquote(word: string): string {
  const escapes: Record<string, string> = { n: "\n", t: "\t" };
  return word
    .slice(1, -1)
    .replaceAll("$$", "$")
    .replaceAll("%%", "%")
    .replaceAll(/\\(.)/g, (_, escaped: string) => escapes[escaped] ?? escaped);
}
