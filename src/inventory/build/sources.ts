import type { DeploymentName } from "../../base/names.ts";
import { closest } from "../../base/suggest.ts";
import { SHARED_KEYS } from "../schema/site.ts";
import { Substitution } from "../source/substitute.ts";
import { asMap, get, mergeMaps, pick, textOf, type MapValue } from "../source/value.ts";
import type { BuildContext, DeploymentSource } from "./context.ts";

const EMPTY: MapValue = { kind: "map", at: 0, entries: new Map() };

/** The deployments of the file, each with all that it inherits, in file order. */
export function deploymentSources(root: MapValue, context: BuildContext): readonly DeploymentSource[] {
  const { problems, resolvers } = context;
  const blocks = mapsOf(root, "deployments", context);
  const vars = asMap(get(root, "vars"));
  const common = new Substitution(vars, { resolvers, problems });
  const shared = common.fill(asMap(get(root, "machines")) ?? EMPTY);
  return [...blocks].map(([name, own]) => {
    const inherited = lineage(name, { blocks, context }).map(parent => blocks.get(parent) ?? EMPTY);
    const raw = inherited.reduceRight((above, block) => extendBlock(above, { block, context }), EMPTY);
    const ownVars = asMap(get(raw, "vars"));
    const substitution =
      ownVars === undefined
        ? common
        : new Substitution(mergeMaps(vars ?? EMPTY, ownVars), { resolvers, problems });
    const block = { ...substitution.fill(raw), at: own.at };
    const machines = asMap(get(block, "machines"));
    return {
      name,
      block,
      defaults: defaultsOf(substitution.fill(asMap(get(root, "defaults")) ?? EMPTY), { block, context }),
      machines: machines ?? shared,
      sharesMachines: machines === undefined,
    };
  });
}

/** The deployment itself, then what it extends, and so on. */
function lineage(
  name: DeploymentName,
  { blocks, context }: { blocks: ReadonlyMap<DeploymentName, MapValue>; context: BuildContext },
): readonly DeploymentName[] {
  const names = [name];
  for (let block = blocks.get(name); block !== undefined;) {
    const parent = get(block, "extends");
    const next = textOf(parent);
    if (parent === undefined || next === undefined) break;
    const { at } = parent;
    if (names.includes(next)) {
      context.problems.add({
        at,
        message: `${name} extends itself: ${[...names, next].join(" → ")}`,
        deployment: name,
      });
      break;
    }
    block = blocks.get(next);
    if (block === undefined) {
      const near = closest(next, blocks.keys());
      const suggestion =
        near === undefined ? `deployments here: ${[...blocks.keys()].join(", ")}` : `did you mean ${near}?`;
      context.problems.add({ at, message: `there is no deployment "${next}" to extend`, suggestion });
    } else names.push(next);
  }
  return names;
}

/** A deployment over the one that it extends. A layout of ports by `base` replaces the ports below, not only some of them. */
function extendBlock(
  parent: MapValue,
  { block, context }: { block: MapValue; context: BuildContext },
): MapValue {
  const rebased = get(asMap(get(block, "ports")), "base") !== undefined;
  const base = rebased ? pick(parent, key => key !== "ports") : parent;
  const merged = mergeMaps(base, block);
  return layServices(merged, { below: parent, over: block, section: "services", context });
}

/** `defaults:` of the file < `defaults:` of the deployment < what the deployment says without a heading. */
function defaultsOf(
  defaults: MapValue,
  { block, context }: { block: MapValue; context: BuildContext },
): MapValue {
  const own = asMap(get(block, "defaults")) ?? EMPTY;
  const root = { kind: "map", at: 0 } as const;
  const wrap = (value: MapValue): MapValue => ({ ...root, entries: new Map([["all", { keyAt: 0, value }]]) });
  const merged = mergeMaps(wrap(defaults), wrap(own));
  const laid = layServices(merged, { below: wrap(defaults), over: wrap(own), section: "all", context });
  const direct = pick(block, key => (SHARED_KEYS as readonly string[]).includes(key));
  return mergeMaps(asMap(get(laid, "all")) ?? EMPTY, direct);
}

interface Layers {
  below: MapValue;
  over: MapValue;
  section: string;
  context: BuildContext;
}

/** Merges the services of a section again by their own rules: of `num_tokens` and `initial_token` only the newer stays. */
function layServices(merged: MapValue, { below, over, section, context }: Layers): MapValue {
  const services = asMap(get(merged, section));
  if (services === undefined) return merged;
  const entries = new Map(services.entries);
  for (const [name, { alternatives }] of Object.entries(context.formats.known)) {
    const lower = asMap(get(asMap(get(below, section)), name));
    const higher = asMap(get(asMap(get(over, section)), name));
    const entry = entries.get(name);
    if (alternatives === undefined || lower === undefined || higher === undefined || entry === undefined)
      continue;
    entries.set(name, { ...entry, value: mergeMaps(lower, higher, alternatives) });
  }
  const laid = new Map(merged.entries);
  const sectionEntry = laid.get(section);
  if (sectionEntry !== undefined) laid.set(section, { ...sectionEntry, value: { ...services, entries } });
  return { ...merged, entries: laid };
}

/** The entries of a section that are mappings; others are a problem. */
function mapsOf(root: MapValue, section: string, { problems }: BuildContext): ReadonlyMap<string, MapValue> {
  const found = new Map<string, MapValue>();
  for (const [key, { value }] of asMap(get(root, section))?.entries ?? []) {
    const map = asMap(value);
    if (map === undefined) problems.add({ at: value.at, message: `"${key}" must have keys of its own` });
    else found.set(key, map);
  }
  return found;
}
