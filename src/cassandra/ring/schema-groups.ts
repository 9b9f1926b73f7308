import type { HostName } from "../../base/names.ts";
import type { ObservedRing } from "./model.ts";

/** Nodes of one major release that have the same version of the schema. */
export interface SchemaGroup {
  schema: string;
  /** `5`; `unknown` where nobody said. */
  release: string;
  hosts: readonly HostName[];
  /** Others of this release have another one. Two major releases never have the same, so these are no difference. */
  differ: boolean;
}

/** The schema versions of a ring, by major release. */
export function schemaGroups({ nodes }: ObservedRing): SchemaGroup[] {
  const told = nodes.flatMap(({ host, schema, release }) =>
    schema === undefined ? [] : [{ host, schema, release: release?.split(".", 1)[0] ?? "unknown" }],
  );
  return [...Map.groupBy(told, ({ release }) => release)].flatMap(([release, members]) => {
    const versions = Map.groupBy(members, ({ schema }) => schema);
    return [...versions].map(([schema, group]) => ({
      schema,
      release,
      hosts: group.map(({ host }) => host),
      differ: versions.size > 1,
    }));
  });
}
