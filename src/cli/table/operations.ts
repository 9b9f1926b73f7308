import type { CommandSpecification } from "../specification.ts";

/** `smc plan | apply | history | resume | unlock`: plans and runs as things of their own. */
export const operationCommands: readonly CommandSpecification[] = [];
