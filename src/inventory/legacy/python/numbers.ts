/** How Python writes a number: its notation, and the digits after the point (`f`, `e`) or in all (`g`). */
export interface NumberStyle {
  notation: "f" | "e" | "g";
  digits: number;
}

/** `toFixed` and its kind take no more. */
const MAX_DIGITS = 100;
/** From here on `toFixed` writes an exponent. */
const FIXED_LIMIT = 1e21;

/** A number that is not infinite as `'%.3f' % number` writes it. */
export function formatNumber(number: number, { notation, digits }: NumberStyle): string {
  const precision = Math.min(digits, MAX_DIGITS);
  if (notation === "f") return fixed(number, precision);
  if (notation === "e") return withLongExponent(number.toExponential(precision));
  return general(number, Math.max(1, precision));
}

/** What `str()` makes of a number with a point: 12 digits at most. */
export function shortFloat(number: number): string {
  return withPoint(general(number, 12));
}

/** What `repr()` makes of it: as many digits as tell it from its neighbours. */
export function exactFloat(number: number): string {
  const exponent = exponentOf(number.toExponential());
  const plain = exponent >= -4 && exponent < 16;
  return withPoint(plain ? String(number) : withLongExponent(number.toExponential()));
}

function fixed(number: number, digits: number): string {
  if (Math.abs(number) < FIXED_LIMIT) return number.toFixed(digits);
  return digits === 0 ? String(BigInt(number)) : `${BigInt(number)}.${"0".repeat(digits)}`;
}

/** Fixed where the number is neither tiny nor longer than its digits; no zeros at the end. */
function general(number: number, digits: number): string {
  const exponential = number.toExponential(digits - 1);
  const exponent = exponentOf(exponential);
  if (exponent < -4 || exponent >= digits) {
    const [mantissa = "", tail = ""] = exponential.split("e");
    return withLongExponent(`${withoutZeros(mantissa)}e${tail}`);
  }
  return withoutZeros(number.toFixed(Math.max(0, digits - 1 - exponent)));
}

function exponentOf(exponential: string): number {
  return Number(exponential.split("e")[1]);
}

function withoutZeros(decimal: string): string {
  return decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal;
}

/** Python's exponents have two digits at least. */
function withLongExponent(exponential: string): string {
  return exponential.replace(/e([-+])(\d)$/, "e$10$2");
}

function withPoint(text: string): string {
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
