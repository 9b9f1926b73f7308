import { describe, expect, it } from "vitest";
import { pinsOf } from "../../../../src/services/release/packages/pins.ts";

const on = (host: string, versions: Record<string, string>, system = "debian bookworm amd64") => ({
  host,
  system,
  versions: new Map(Object.entries(versions)),
});

describe("the versions that hosts have in common", () => {
  it("are those of each distribution by itself", () => {
    const hosts = [
      on("web1", { openssl: "1", nginx: "2" }),
      on("web2", { openssl: "1" }),
      on("db1", { openssl: "3" }, "ubuntu noble amd64"),
    ];
    expect(pinsOf(hosts, undefined)).toEqual({
      pins: new Map([
        [
          "debian bookworm amd64",
          new Map([
            ["nginx", "2"],
            ["openssl", "1"],
          ]),
        ],
        ["ubuntu noble amd64", new Map([["openssl", "3"]])],
      ]),
      mixed: [],
    });
  });

  it("leave out, and name, what hosts differ in", () => {
    const hosts = [on("web1", { openssl: "1", nginx: "2" }), on("web2", { openssl: "2", nginx: "2" })];
    expect(pinsOf(hosts, undefined)).toEqual({
      pins: new Map([["debian bookworm amd64", new Map([["nginx", "2"]])]]),
      mixed: ["openssl 1, 2"],
    });
  });

  it("are of some packages alone where that is said", () => {
    const { pins, mixed } = pinsOf([on("web1", { openssl: "1", nginx: "2" })], new Set(["nginx"]));
    expect([...(pins.get("debian bookworm amd64") ?? [])]).toEqual([["nginx", "2"]]);
    expect(mixed).toEqual([]);
  });
});
