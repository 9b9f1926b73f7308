import type { ServiceFormat, ServiceFormats } from "../inventory/schema/services.ts";
import { customPorts } from "./custom/ports.ts";
import { customSettings, type CustomSettings } from "./custom/settings.ts";
import type { ServiceDescription } from "./model.ts";
import { descriptions } from "./registry.ts";

/** What the loader of the services file has to know of the services that smc has descriptions of. */
export const formats: ServiceFormats = {
  known: Object.fromEntries(descriptions.map(format => [format.name, formatOf(format)])),
  custom: {
    settings: customSettings,
    ports: (_, { id, settings }) => customPorts({ id, ports: {} }, (settings as CustomSettings).ports),
  },
};

function formatOf({ settings, ports, alternatives, hostLists }: ServiceDescription): ServiceFormat {
  return {
    settings,
    ports: ports ?? (() => ({})),
    ...(alternatives === undefined ? {} : { alternatives }),
    ...(hostLists === undefined ? {} : { hostLists }),
  };
}
