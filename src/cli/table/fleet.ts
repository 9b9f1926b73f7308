import type { CommandSpecification } from "../specification.ts";

/** `smc run | ssh | push | pull | doctor`: the hosts as hosts, whatever runs on them. */
export const fleetCommands: readonly CommandSpecification[] = [];
