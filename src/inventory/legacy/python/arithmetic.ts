import { NotReadable } from "./failure.ts";
import { formatText, toText } from "./format.ts";
import type { BinaryOperator } from "./syntax.ts";
import { kindOf, type PythonValue, type Sequence } from "./value.ts";

/** Powers and repetitions beyond this would only fill the memory. */
const MAX_EXPONENT = 4096n;
const MAX_LENGTH = 100_000;

interface Operation {
  operator: BinaryOperator;
  at: number;
}

/** `left operator right` by the rules of Python 2. Throws `NotReadable` where Python would raise an error. */
export function operate(left: PythonValue, right: PythonValue, operation: Operation): PythonValue {
  const { operator, at } = operation;
  if (operator === "%" && typeof left === "string") return formatText(left, right, at);
  if (operator === "+" && isTextual(left) && isTextual(right)) return toText(left) + toText(right);
  if (operator === "+" && isSequence(left) && isSequence(right) && left.kind === right.kind)
    return limited({ kind: left.kind, items: [...left.items, ...right.items] }, at);
  if (operator === "*" && isRepeatable(left) && isWhole(right)) return repeat(left, right, at);
  if (operator === "*" && isRepeatable(right) && isWhole(left)) return repeat(right, left, at);
  const first = numberOf(left, left, { right, operation });
  const second = numberOf(right, left, { right, operation });
  if (typeof first === "bigint" && typeof second === "bigint") return whole(first, second, operation);
  return floating(Number(first), Number(second), operation);
}

/** A number with a sign before it. */
export function signed(
  value: PythonValue,
  { operator, at }: { operator: "-" | "+"; at: number },
): PythonValue {
  const number = typeof value === "boolean" ? BigInt(value) : value;
  if (typeof number !== "bigint" && typeof number !== "number")
    throw new NotReadable(`${kindOf(value)} has no sign`, at);
  return operator === "-" ? -number : number;
}

/** Parts of JSON files are texts where the old files join them to one. */
function isTextual(value: PythonValue): boolean {
  return typeof value === "string" || (typeof value === "object" && value?.kind === "json");
}

function isSequence(value: PythonValue): value is Sequence {
  return typeof value === "object" && value !== null && (value.kind === "list" || value.kind === "tuple");
}

function isRepeatable(value: PythonValue): value is Sequence | string {
  return typeof value === "string" || isSequence(value);
}

function isWhole(value: PythonValue): value is bigint | boolean {
  return typeof value === "bigint" || typeof value === "boolean";
}

function numberOf(
  value: PythonValue,
  left: PythonValue,
  { right, operation }: { right: PythonValue; operation: Operation },
): bigint | number {
  if (typeof value === "boolean") return BigInt(value);
  if (typeof value === "bigint" || typeof value === "number") return value;
  const { operator, at } = operation;
  throw new NotReadable(`${kindOf(left)} ${operator} ${kindOf(right)} has no value`, at);
}

function repeat(value: Sequence | string, count: bigint | boolean, at: number): PythonValue {
  const length = typeof value === "string" ? value.length : value.items.length;
  const times = Math.max(0, Number(count));
  if (times > MAX_LENGTH || length * times > MAX_LENGTH) throw new NotReadable("this would be too long", at);
  if (typeof value === "string") return value.repeat(times);
  return { kind: value.kind, items: Array.from({ length: times }, () => value.items).flat() };
}

function limited(value: Sequence, at: number): Sequence {
  if (value.items.length > MAX_LENGTH) throw new NotReadable("this would be too long", at);
  return value;
}

function whole(left: bigint, right: bigint, { operator, at }: Operation): bigint | number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
    case "//":
      return floorDivide(left, nonZero(right, at));
    case "%":
      return left - floorDivide(left, nonZero(right, at)) * right;
    case "**":
      if (right > MAX_EXPONENT) throw new NotReadable("this would be too large", at);
      return right < 0n ? Number(nonZero(left, at)) ** Number(right) : left ** right;
  }
}

/** Rounds down, also below zero: -7 / 2 is -4 in Python 2. */
function floorDivide(left: bigint, right: bigint): bigint {
  const quotient = left / right;
  return left % right !== 0n && left < 0n !== right < 0n ? quotient - 1n : quotient;
}

function nonZero<N extends bigint | number>(value: N, at: number): N {
  if (Number(value) === 0) throw new NotReadable("division by zero", at);
  return value;
}

/** Has the sign of the divisor, as in Python. */
function remainder(left: number, right: number): number {
  const rest = left % right;
  return rest !== 0 && rest < 0 !== right < 0 ? rest + right : rest;
}

function floating(left: number, right: number, { operator, at }: Operation): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / nonZero(right, at);
    case "//":
      return Math.floor(left / nonZero(right, at));
    case "%":
      return remainder(left, nonZero(right, at));
    case "**":
      return left ** right;
  }
}
