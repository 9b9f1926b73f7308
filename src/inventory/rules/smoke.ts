import { closest } from "../../base/suggest.ts";
import type { BuiltDeployment } from "../build/deployment.ts";
import type { Problems } from "../problems.ts";
import { get, textOf } from "../source/value.ts";

/** A smoke test asks one thing, of a service that is there, by a name of its own. */
export function checkSmoke({ deployment, source, services }: BuiltDeployment, problems: Problems): void {
  const tests = get(source, "smoke");
  const names = new Set<string>();
  for (const test of tests?.kind === "list" ? tests.items : []) {
    const add = (key: string, message: string, suggestion?: string): void =>
      problems.add({ at: (get(test, key) ?? test).at, message, suggestion, deployment: deployment.name });
    const of = textOf(get(test, "of"));
    if (of !== undefined && !services.has(of)) {
      const near = closest(of, services.keys());
      const there = `services here: ${[...services.keys()].join(", ")}`;
      add(
        "of",
        `it is asked of "${of}", and there is no such service`,
        near === undefined ? there : `did you mean ${near}?`,
      );
    }
    const name = textOf(get(test, "name")) ?? "";
    if (names.has(name)) add("name", `there are two smoke tests "${name}"`);
    names.add(name);
    if ((get(test, "http") === undefined) === (get(test, "command") === undefined))
      add("name", "a smoke test asks either `http:` or `command:`");
  }
}
