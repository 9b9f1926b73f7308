import { expect, it } from "vitest";
import { ExitCode } from "../../src/base/exit-code.ts";
import { endOf, localSite } from "../helpers/local-site.ts";

it("ends although a child that a command left in the background holds its output open", async () => {
  const site = await localSite();
  const startedAt = performance.now();
  const { code, out } = await endOf(site.spawn("run", "--on", "one", "--", "sleep 20 & echo pid=$!"));
  expect(performance.now() - startedAt).toBeLessThan(15_000);
  expect(code).toBe(ExitCode.Done);
  process.kill(Number(/pid=(\d+)/.exec(out)?.[1]));
});
