import type * as v from "valibot";

/** A valibot schema seen from outside: the parts that this module looks at, each only where the kind has it. */
interface Shape {
  type: string;
  pipe?: readonly Shape[];
  wrapped?: Shape;
  entries?: Readonly<Record<string, Shape>>;
  rest?: Shape;
  value?: Shape;
  item?: Shape;
  items?: readonly Shape[];
  options?: readonly unknown[];
}

const LIST_TYPES = new Set(["array", "tuple", "unknown", "any"]);

/** The keys that a schema takes at a path, for suggestions; every option of a union counts. */
export function keysAt(schema: v.GenericSchema, path: readonly (string | number)[]): readonly string[] {
  return shapesAt(schema, path).flatMap(shape => Object.keys(shape.entries ?? {}));
}

/** Whether a path leads to keys and values, where valibot itself takes a list too. */
export function isMappingAt(schema: v.GenericSchema, path: readonly (string | number)[]): boolean {
  const shapes = shapesAt(schema, path);
  const isMapping = ({ entries, type }: Shape) => entries !== undefined || type === "record";
  return shapes.some(isMapping) && !shapes.some(({ type }) => LIST_TYPES.has(type));
}

/** The entries of an object schema, looked for below pipes and defaults. */
export function entriesOf(schema: v.GenericSchema): v.ObjectEntries {
  const found = plainShapes(schema as unknown as Shape).find(shape => shape.entries !== undefined);
  return (found?.entries ?? {}) as unknown as v.ObjectEntries;
}

function shapesAt(schema: v.GenericSchema, path: readonly (string | number)[]): readonly Shape[] {
  let shapes = [schema as unknown as Shape];
  for (const key of path) shapes = shapes.flatMap(plainShapes).flatMap(shape => below(shape, key));
  return shapes.flatMap(plainShapes);
}

/** Without pipes, defaults and unions around it. */
function plainShapes(shape: Shape): Shape[] {
  const [first] = shape.pipe ?? [];
  if (first !== undefined && first !== shape) return plainShapes({ ...first, pipe: [] });
  if (shape.wrapped !== undefined) return plainShapes(shape.wrapped);
  if (shape.type === "union") return (shape.options as Shape[]).flatMap(plainShapes);
  return [shape];
}

function below(shape: Shape, key: string | number): Shape[] {
  const entry = shape.entries?.[key] ?? shape.rest ?? (shape.type === "record" ? shape.value : undefined);
  const item = typeof key === "number" ? (shape.item ?? shape.items?.[key]) : undefined;
  return [entry, item].filter(found => found !== undefined);
}
