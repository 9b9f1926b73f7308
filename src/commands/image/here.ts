import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { HostTarget } from "../../base/host-target.ts";
import type { Site } from "../load.ts";

/** This machine, as a host of a plan. */
export const HERE: HostTarget = {
  name: "here",
  kind: "local",
  address: "127.0.0.1",
  port: 22,
  user: "",
  connectTimeout: 10_000,
  hostKeys: "strict",
};

/** Where the images that were built here are. */
export function imagesHere({ stateDirectory }: Pick<Site, "stateDirectory">): string {
  return join(stateDirectory, "images");
}

/** The names of the images that were built here, each complete. */
export function namesOfImagesHere(site: Pick<Site, "stateDirectory">): string[] {
  const folder = imagesHere(site);
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter(
    name => !name.startsWith(".") && existsSync(join(folder, name, "SHA256SUMS")),
  );
}
