import { describe, expect, it, onTestFinished } from "vitest";
import { ExitCode } from "../../src/base/exit-code.ts";
import { localSite } from "../helpers/local-site.ts";

type Listener = (cause: "signal" | "closed") => void;

/** Presses Ctrl-C once, as soon as anybody listens. */
class PressedAtOnce extends Set<Listener> {
  #pressed = false;

  override add(listener: Listener): this {
    super.add(listener);
    if (!this.#pressed) listener("signal");
    this.#pressed = true;
    return this;
  }
}

describe("Ctrl-C while smc looks at the instances", () => {
  it.each(["start ticker --yes", "plan start ticker"])("ends smc %s before anything is done", async line => {
    const site = await localSite();
    onTestFinished(async () => void (await site.smc("stop all --yes")));
    const { code, err } = await site.smc(line, { interrupts: new PressedAtOnce() });
    expect(code).toBe(ExitCode.Interrupted);
    expect(err).toContain("interrupted: nothing was touched");
    expect(await site.countRecords()).toBe(0);
  });
});
