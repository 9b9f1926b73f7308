import manifest from "../../package.json" with { type: "json" };

/** The version of smc itself, from package.json. */
export const version: string = manifest.version;
