import type { CommandSpecification } from "../specification.ts";

/** `smc install | start | stop | restart | reload | status | logs`: the services of a deployment. */
export const serviceCommands: readonly CommandSpecification[] = [];
