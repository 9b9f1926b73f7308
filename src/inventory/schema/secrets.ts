import * as v from "valibot";
import { account, selection, text } from "./leaves.ts";

const owner = v.union(
  [account, v.pipe(v.string(), v.regex(/^[a-z_][a-z0-9_-]{0,31}:[a-z_][a-z0-9_-]{0,31}$/))],
  "an owner is an account, salvus, or an account and a group, salvus:www-data",
);

/** The keys of a secret that is brought to hosts. */
const secretSchema = v.strictObject({
  note: v.optional(text),
  at: selection,
  /** Where it is on them. */
  path: v.pipe(
    v.string(),
    v.regex(/^(?!.*\/\.{1,2}(\/|$))\/[^\s\0]*[^\s\0/]$/, "a path is absolute, and has no blanks and no .."),
  ),
  owner: v.optional(owner, "root"),
  mode: v.optional(
    v.pipe(
      v.string(),
      v.regex(/^0?[4-7]?[0-7]0$/, 'the mode of a secret lets nobody else in: "0600" or "0640"'),
    ),
    "0600",
  ),
});

/** `secrets:` of a deployment, by the names of files below secrets/DEPLOYMENT/. */
export const secretsSchema = v.record(
  v.pipe(
    v.string(),
    v.regex(
      /^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/,
      "a secret is called as its file below secrets/DEPLOYMENT/",
    ),
  ),
  secretSchema,
);
