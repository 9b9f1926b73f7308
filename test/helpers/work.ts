import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret } from "../../src/base/secret.ts";
import { createPerformer } from "../../src/engine/create-performer.ts";
import type { ArtefactStore } from "../../src/engine/artefacts.ts";
import type { ActionResult, Performer, ProbeAnswer } from "../../src/engine/performer.ts";
import { probers } from "../../src/engine/probes/probers.ts";
import type { Probers } from "../../src/engine/registry.ts";
import type { Action, Probe } from "../../src/plan/model.ts";
import type { RepairLedger } from "../../src/state/repair-ledger.ts";
import { createTransport } from "../../src/transport/create.ts";
import { localTarget, makeStep } from "./make-plan.ts";

/** A folder of a test; remove it with `removeFolder`. */
export const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "smc-test-"));
export const removeFolder = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

/** What actions and probes of this machine may use. */
export interface LocalWorkOptions {
  secrets?: Record<string, string>;
  artefacts?: ArtefactStore;
  ledger?: RepairLedger;
  /** Others than those of smc. */
  probers?: Partial<Probers>;
  /** Names of this machine beside `host1`, where steps are. */
  hosts?: readonly string[];
}

/** The real executors and probers on this machine. */
export function localPerformer(options: LocalWorkOptions = {}): Performer {
  const { secrets = {}, artefacts, hosts = [], ledger } = options;
  return createPerformer({
    hosts: Object.fromEntries(["host1", ...hosts].map(name => [name, localTarget(name)])),
    transport: createTransport(),
    secrets: {
      get: name => Promise.resolve(secrets[name] === undefined ? undefined : new Secret(secrets[name])),
      all: () => Promise.resolve(Object.values(secrets).map(value => new Secret(value))),
    },
    probers: { ...probers, ...options.probers },
    ...(ledger === undefined ? {} : { ledger }),
    artefacts: artefacts ?? { archive: () => Promise.reject(new Error("no artefacts here")) },
  });
}

/** The limits of a piece of work that ends after so many milliseconds. */
export function limits(timeout = 10_000): Parameters<Performer["perform"]>[2] {
  return { signal: AbortSignal.timeout(timeout), deadline: Date.now() + timeout, waiting: () => {} };
}

export function perform(action: Action, options?: LocalWorkOptions): Promise<ActionResult> {
  return localPerformer(options).perform(makeStep("step"), action, limits());
}

export function ask(probe: Probe, options?: LocalWorkOptions): Promise<ProbeAnswer> {
  return localPerformer(options).ask(makeStep("step"), probe, limits());
}
