import type { CommandSpecification } from "./specification.ts";
import { accessCommands } from "./table/access.ts";
import { contentCommands } from "./table/contents.ts";
import { databaseCommands } from "./table/database.ts";
import { fleetCommands } from "./table/fleet.ts";
import { machineCommands } from "./table/machines.ts";
import { networkCommands } from "./table/network.ts";
import { operationCommands } from "./table/operations.ts";
import { releaseCommands } from "./table/release.ts";
import { serviceCommands } from "./table/services.ts";
import { siteCommands } from "./table/site.ts";
import { toolCommands } from "./table/tool.ts";

/**
 * Every verb of smc. To add one: an entry in the file of its group below src/cli/table, and its work as a
 * CommandRun in src/commands. Help, completion, the reference and the man page follow from the entry.
 */
export const commandTable: readonly CommandSpecification[] = [
  ...serviceCommands,
  ...siteCommands,
  ...releaseCommands,
  ...databaseCommands,
  ...contentCommands,
  ...machineCommands,
  ...networkCommands,
  ...accessCommands,
  ...fleetCommands,
  ...operationCommands,
  ...toolCommands,
];
