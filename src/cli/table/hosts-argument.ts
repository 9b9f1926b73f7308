import type { ArgumentSpecification } from "../specification.ts";

/** The hosts that a verb is about, the last of its words. */
export const hostsArgument: ArgumentSpecification = {
  name: "host",
  summary: "hosts: names, @role, web[1-7], globs, !excluded; all without any",
  required: false,
  variadic: true,
  complete: "host",
};
