import { describe, expect, it } from "vitest";
import { account } from "./accounting.ts";
import { fixtures } from "./fixtures.ts";
import { mutate, randomFrom } from "./mutate.ts";
import { commandOf, commands } from "./renderers.ts";

/** `script/bench nodetool` takes a million. */
const EACH = 150;

describe("output of nodetool", () => {
  it.each(fixtures)("is accounted for, line by line: $name", fixture => {
    expect(account(commandOf(fixture), fixture.text)).toEqual({ outcome: "accounted", difference: [] });
  });

  it.each(fixtures)("is never dropped when it is not as it should be: $name", fixture => {
    const random = randomFrom(1);
    const command = commandOf(fixture);
    const outputs = Array.from({ length: EACH }, () => mutate(fixture.text, random));
    const accounts = outputs.map(text => ({ text, ...account(command, text) }));
    expect(accounts.filter(({ outcome }) => outcome === "dropped")).toEqual([]);
  });

  it("is there for every command and every release line", () => {
    const releases = ["1.2", "2.0", "2.1", "2.2", "3.0", "3.11", "4.0", "4.1", "5.0"];
    const have = new Set(fixtures.map(({ release, command }) => `${release}-${command}`));
    expect(
      commands
        .flatMap(command => releases.map(release => `${release}-${command}`))
        .filter(name => !have.has(name)),
    ).toEqual([]);
  });
});
