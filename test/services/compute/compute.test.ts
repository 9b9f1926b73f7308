import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { computeSettings } from "../../../src/services/compute/settings.ts";
import { CLOUD } from "../sites.ts";
import { renderOf } from "../support.ts";

describe("the settings of compute", () => {
  it.each([
    ["on", "on"],
    [true, "on"],
    [false, "off"],
    ["no-new-projects", "no-new-projects"],
  ])("reads the status %j as %j", (written, status) => {
    expect(v.parse(computeSettings, { status: written }).status).toBe(status);
  });

  it("refuses any other status", () => {
    expect(v.safeParse(computeSettings, { status: "maybe" }).success).toBe(false);
  });
});

describe("the description of compute", () => {
  it("runs the old command in the folder of the old programs", () => {
    expect(renderOf(CLOUD, "compute@compute2a").command).toMatchObject({
      argv: ["./compute_server", "start"],
      directory: "/home/salvus/salvus/salvus",
    });
  });
});
