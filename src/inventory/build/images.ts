import * as v from "valibot";
import type { ImageRecipe } from "../model.ts";
import { imageSchema } from "../schema/images.ts";
import { name as nameSchema } from "../schema/leaves.ts";
import { validate } from "../schema/validate.ts";
import type { MapValue } from "../source/value.ts";
import type { BuildContext } from "./context.ts";

/** Reads the recipes of `images:`. Those that are wrong are problems, and left out. */
export function buildImages(
  map: MapValue | undefined,
  { problems }: Pick<BuildContext, "problems">,
): Map<string, ImageRecipe> {
  const recipes = new Map<string, ImageRecipe>();
  for (const [name, { keyAt, value }] of map?.entries ?? []) {
    const named = v.safeParse(nameSchema, name);
    if (!named.success) problems.add({ at: keyAt, message: `"${name}": ${named.issues[0].message}` });
    const entry = validate(imageSchema, value, { problems, what: "the image", keyAt });
    if (entry === undefined) continue;
    const { release, mirror, packages, commands, checks, size } = entry;
    const files = Object.entries(entry.files).map(([path, file]) =>
      typeof file === "string"
        ? { path, content: file, mode: 0o644 }
        : { path, content: file.content, mode: Number.parseInt(file.mode, 8) },
    );
    recipes.set(name, { name, release, mirror, packages, files, commands, checks, size });
  }
  return recipes;
}
