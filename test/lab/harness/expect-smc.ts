import { expect } from "vitest";
import type { SmcResult } from "../../helpers/smc.ts";

/** What runs smc: a site of the lab, or one with other words. */
export interface SmcRunner {
  smc(line: string): Promise<SmcResult>;
}

/** Runs smc, and expects that exit code of it; where it is another, all that smc said is told. */
export async function expectSmc(runner: SmcRunner, line: string, code = 0): Promise<SmcResult> {
  const result = await runner.smc(line);
  expect(`exit ${result.code}`, `${line}\n${result.out}${result.err}`).toBe(`exit ${code}`);
  return result;
}
