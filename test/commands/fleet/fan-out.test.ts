import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { HostTarget } from "../../../src/base/host-target.ts";
import { concurrencyOf, fanOut } from "../../../src/commands/fleet/fan-out.ts";
import { recordContext, type RecordedContext } from "../../helpers/context.ts";

function targetsOf(...names: string[]): HostTarget[] {
  return names.map(name => ({
    name,
    kind: "local",
    address: "127.0.0.1",
    port: 22,
    user: "",
    connectTimeout: 1000,
    hostKeys: "strict",
  }));
}

function ask(
  { context }: RecordedContext,
  names: string[],
  work: Partial<Parameters<typeof fanOut<string>>[0]>,
) {
  return fanOut({
    context,
    targets: targetsOf(...names),
    title: "uptime",
    concurrency: 2,
    ask: target => Promise.resolve(target.name),
    ...work,
  });
}

describe("fanOut", () => {
  it("gives the answers in the order of the hosts, so many at a time", async () => {
    let underWay = 0;
    let most = 0;
    const { answers, notAsked, interrupted } = await ask(recordContext(), ["a", "b", "c", "d"], {
      ask: async ({ name }) => {
        most = Math.max(most, ++underWay);
        await new Promise(resolve => setImmediate(resolve));
        underWay -= 1;
        return name;
      },
    });
    expect(answers).toEqual(["a", "b", "c", "d"]);
    expect({ most, notAsked, interrupted }).toEqual({ most: 2, notAsked: [], interrupted: false });
  });

  it("asks no further host after an answer that stops it", async () => {
    const { answers, notAsked } = await ask(recordContext(), ["a", "b", "c"], {
      concurrency: 1,
      stopAfter: answer => answer === "b",
    });
    expect(answers).toEqual(["a", "b"]);
    expect(notAsked.map(({ name }) => name)).toEqual(["c"]);
  });

  it("ends what would never end by itself at the first Ctrl-C, and says nothing of waiting", async () => {
    const recorded = recordContext();
    const asked = ask(recorded, ["a"], {
      endless: true,
      ask: (_, signal) =>
        new Promise(resolve => {
          signal.addEventListener("abort", () => resolve("ended"));
          recorded.interrupt();
        }),
    });
    expect((await asked).answers).toEqual(["ended"]);
    expect(recorded.err()).toBe("");
  });

  it("lets those under way end at the first Ctrl-C, and gives them up at the second", async () => {
    const recorded = recordContext();
    const begun: string[] = [];
    const result = ask(recorded, ["a", "b", "c"], {
      ask: ({ name }, signal) => {
        begun.push(name);
        return new Promise(resolve => signal.addEventListener("abort", () => resolve(`${name} given up`)));
      },
    });
    await vi.waitFor(() => expect(begun).toEqual(["a", "b"]));
    recorded.interrupt();
    expect(recorded.err()).toContain("interrupted: no further host is asked");
    recorded.interrupt();
    expect(await result).toMatchObject({
      answers: ["a given up", "b given up"],
      notAsked: [{ name: "c" }],
      interrupted: true,
    });
  });

  it("gives up all at once, without a word, when nobody reads the answers any more", async () => {
    const recorded = recordContext();
    const begun: string[] = [];
    const result = ask(recorded, ["a", "b", "c"], {
      ask: ({ name }, signal) => {
        begun.push(name);
        return new Promise(resolve => signal.addEventListener("abort", () => resolve("given up")));
      },
    });
    await vi.waitFor(() => expect(begun).toEqual(["a", "b"]));
    recorded.interrupt("closed");
    expect((await result).answers).toEqual(["given up", "given up"]);
    expect(recorded.err()).toBe("");
  });

  it("no longer listens to Ctrl-C at the end", async () => {
    const recorded = recordContext();
    await ask(recorded, ["a"], {});
    recorded.interrupt();
    expect(recorded.err()).toBe("");
  });
});

describe("fanOut that has to wait", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  async function waitFor60s(global: { json?: boolean; quiet?: boolean }): Promise<string> {
    const recorded = recordContext(global);
    const slow = ask(recorded, ["web1", "web2", "web3"], {
      ask: ({ name }) =>
        new Promise(resolve => setTimeout(() => resolve(name), name === "web1" ? 60_000 : 1)),
    });
    await vi.advanceTimersByTimeAsync(60_000);
    await slow;
    return recorded.err();
  }

  it("tells off a terminal at growing intervals whom it waits for and how long", async () => {
    expect(await waitFor60s({})).toBe(
      "uptime: 2 of 3 hosts, waiting: web1 (10s)\n" +
        "uptime: 2 of 3 hosts, waiting: web1 (20s)\n" +
        "uptime: 2 of 3 hosts, waiting: web1 (40s)\n",
    );
  });

  it.each([{ json: true }, { quiet: true }])("says nothing with %j", async global => {
    expect(await waitFor60s(global)).toBe("");
  });
});

describe("concurrencyOf", () => {
  it.each([
    [{}, 20],
    [{ parallel: true as const }, 20],
    [{ parallel: 4 }, 4],
    [{ rolling: true }, 1],
  ])("%j with 20 allowed: %i", (global, expected) => {
    expect(concurrencyOf(recordContext(global).context, 20)).toBe(expected);
  });
});
