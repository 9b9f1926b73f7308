import type { CommandSpecification } from "../specification.ts";

/** `smc inventory | hosts | check | secrets | import | completion`: the services file and smc itself. */
export const toolCommands: readonly CommandSpecification[] = [];
