import * as v from "valibot";
import { name, size, text } from "./leaves.ts";

/** A file of an image: its text, or its text and mode. */
const file = v.union(
  [
    v.string(),
    v.strictObject({
      content: v.string(),
      mode: v.optional(v.pipe(v.string(), v.regex(/^0?[0-7]{3,4}$/, 'a mode is written "0755"')), "0644"),
    }),
  ],
  "a file is its text, or {content: …, mode: …}",
);

/** The keys of a recipe for a base image. */
export const imageSchema = v.strictObject({
  note: v.optional(text),
  /** The release, `bookworm`, `noble`. */
  release: text,
  /** Where its packages come from; absent: as the machine that builds it says. */
  mirror: v.optional(text),
  packages: v.optional(v.array(text), []),
  /** By absolute path. */
  files: v.optional(
    v.record(v.pipe(v.string(), v.regex(/^\/[^\0]*[^/\0]$/, "a file has an absolute path")), file),
    {},
  ),
  /** Lines for /bin/sh inside of it, in turn, when packages and files are there. */
  commands: v.optional(v.array(text), []),
  /** The same, which must succeed, and by which an image is judged. */
  checks: v.optional(v.array(text), []),
  /** Of its root file system; a VM that needs more has disks. */
  size: v.optional(size, "4GB"),
});

/** `images:` of the services file. */
export const imagesSchema = v.record(name, imageSchema);
